import { VectorTile } from '@mapbox/vector-tile';
import type { VectorTileFeature, VectorTileLayer } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

/** How one layer differs between two tiles. Features are matched by id; distances are in tile units. */
export interface LayerDifference {
  readonly layer: string;
  readonly onlyInFirst: readonly number[];
  readonly onlyInSecond: readonly number[];
  readonly otherType: readonly number[];
  readonly otherProperties: readonly number[];
  /**
   * Features whose outlines are not the same, the farthest apart first. Where a polygon is a unit wide
   * or less its outline is not compared: engines differ in what they make of such a sliver.
   */
  readonly moved: readonly { readonly id: number; readonly distance: number }[];
}

export interface CompareOptions {
  /**
   * Rings smaller than this (square tile units) are not compared: whether a speck is one unit large
   * or none is a matter of rounding. Features that have nothing larger may be missing.
   */
  readonly ignoreArea?: number;
  /** Vertices this far outside the tile (units) or farther are not compared: clippers join pieces there. */
  readonly buffer?: number;
}

interface Outline {
  readonly type: number;
  readonly chains: readonly Chain[];
  /** The chains that are large enough to compare. */
  readonly compared: readonly Chain[];
  readonly properties: VectorTileFeature['properties'];
}

interface Position {
  readonly x: number;
  readonly y: number;
}

type Chain = readonly Position[];

/** Tile units: the diagonal of a square unit. */
const THIN = Math.SQRT2;

/** Compares two encoded tiles, layer by layer. A layer that only one of them has is compared with none. */
export function compareTiles(
  first: Uint8Array,
  second: Uint8Array,
  options: CompareOptions = {},
): LayerDifference[] {
  const a = new VectorTile(new PbfReader(first)).layers;
  const b = new VectorTile(new PbfReader(second)).layers;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.map((layer) => compareLayers(layer, a[layer], b[layer], options));
}

function compareLayers(
  layer: string,
  first: VectorTileLayer | undefined,
  second: VectorTileLayer | undefined,
  options: CompareOptions,
): LayerDifference {
  const a = outlines(first, options);
  const b = outlines(second, options);
  const both = [...a.keys()].filter((id) => b.has(id));
  const pairs = both.map((id) => ({ id, one: a.get(id)!, other: b.get(id)! }));
  const buffer = options.buffer ?? Infinity;
  const end = (first ?? second)!.extent + buffer;
  const inside = ({ x, y }: Position): boolean => Math.min(x, y) > -buffer && Math.max(x, y) < end;
  return {
    layer,
    onlyInFirst: [...a.keys()].filter((id) => !b.has(id) && !isSpeck(a.get(id)!)),
    onlyInSecond: [...b.keys()].filter((id) => !a.has(id) && !isSpeck(b.get(id)!)),
    otherType: pairs.filter(({ one, other }) => one.type !== other.type).map(({ id }) => id),
    otherProperties: pairs.filter(({ one, other }) => !sameProperties(one, other)).map(({ id }) => id),
    moved: pairs
      .filter(({ one, other }) => !isSpeck(one) && !isSpeck(other))
      .map(({ id, one, other }) => ({ id, distance: distanceBetween(one, other, inside) }))
      .filter(({ distance }) => distance > 0)
      .sort((x, y) => y.distance - x.distance),
  };
}

function outlines(
  layer: VectorTileLayer | undefined,
  { ignoreArea = 0 }: CompareOptions,
): Map<number, Outline> {
  const found = new Map<number, Outline>();
  for (let i = 0; i < (layer?.length ?? 0); i++) {
    const feature = layer!.feature(i);
    if (feature.id === undefined) throw new Error(`feature ${i} has no id to match by`);
    const chains = feature.loadGeometry();
    const compared = chains.filter((chain) => feature.type !== 3 || area(chain) >= ignoreArea);
    found.set(feature.id, { type: feature.type, chains, compared, properties: feature.properties });
  }
  return found;
}

function isSpeck({ compared }: Outline): boolean {
  return compared.length === 0;
}

function sameProperties(one: Outline, other: Outline): boolean {
  const a = Object.entries(one.properties);
  return (
    a.length === Object.keys(other.properties).length &&
    a.every(([key, value]) => other.properties[key] === value)
  );
}

/** Hausdorff distance of two outlines, taken at their vertices. */
function distanceBetween(one: Outline, other: Outline, counts: (position: Position) => boolean): number {
  return Math.max(farthest(one, other, counts), farthest(other, one, counts));
}

function farthest(from: Outline, to: Outline, counts: (position: Position) => boolean): number {
  let max = 0;
  for (const chain of from.compared) {
    chain.forEach((vertex, i) => {
      if (!counts(vertex)) return;
      const distance = distanceTo(vertex, to.chains);
      if (distance > max && !(from.type === 3 && isThin(from, chain, i))) max = distance;
    });
  }
  return max;
}

/** Distance from a position to the nearest segment. */
function distanceTo(position: Position, chains: readonly Chain[]): number {
  let nearest = Infinity;
  for (const chain of chains) {
    for (let i = 0; i < chain.length; i++) {
      nearest = Math.min(nearest, distanceToSegment(position, chain[i]!, chain[i + 1] ?? chain[i]!));
    }
  }
  return nearest;
}

function distanceToSegment({ x, y }: Position, a: Position, b: Position): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / square));
  return Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
}

/** Whether the polygon is so narrow at a vertex that rounding decides if it is there at all. */
function isThin({ chains }: Outline, ring: Chain, i: number): boolean {
  const vertex = ring[i]!;
  const before = ring[i === 0 ? ring.length - 2 : i - 1]!;
  const after = ring[i === ring.length - 1 ? 1 : i + 1]!;
  const tip = Math.min(distanceToSegment(before, vertex, after), distanceToSegment(after, vertex, before));
  if (tip <= THIN) return true;
  return chains.some((chain) =>
    chain.some((a, j) => {
      const b = chain[j + 1];
      if (!b || same(a, vertex) || same(b, vertex)) return false;
      return distanceToSegment(vertex, a, b) <= THIN;
    }),
  );
}

function same(a: Position, b: Position): boolean {
  return a.x === b.x && a.y === b.y;
}

/** Area of a closed ring, whichever way it runs. */
function area(ring: Chain): number {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i]!.x * ring[i + 1]!.y - ring[i + 1]!.x * ring[i]!.y;
  return Math.abs(sum) / 2;
}
