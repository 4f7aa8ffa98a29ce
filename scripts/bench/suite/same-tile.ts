import { VectorTile } from '@mapbox/vector-tile';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { encodeCommands } from '../../../server/engine/encoding/commands.ts';
import { encodeLayer } from '../../../server/engine/encoding/mvt.ts';
import type { GeometryType, LayerFeature, Properties } from '../../../server/engine/types.ts';
import { compareTiles } from '../../../test/support/compare-tiles.ts';

/*
 * What makes tiles of two servers comparable. Where they may differ without one of them doing less:
 *
 * - what lies in the buffer around the tile, which each server chooses: features are compared that reach into the
 *   tile itself, and their outlines there;
 * - polygons and rings below two square units: some servers leave them out, and rounding decides what is left;
 * - outlines by up to `TOLERANCE` units of 4096, a quarter of a pixel where a tile is 256 of them: simplification;
 * - how a feature is called: by its id or by an attribute `id`, whichever it has; and attributes that the other lacks.
 */
const EXTENT = 4096;
export const TOLERANCE = 4;
/** Units by which a feature must reach into the tile: less is a matter of rounding. */
const REACH = 2;
const SPECK = 2;

/** How a tile differs from the reference's; all zero where they are comparable. */
export interface TileDifference {
  /** Features of the reference that can be seen in the tile. */
  readonly features: number;
  readonly missing: number;
  readonly extra: number;
  /** Features with another value of an attribute that both have. */
  readonly values: number;
  /** Features of another type, or with an outline that is farther away than the tolerance. */
  readonly moved: number;
  /** The farthest that one is away, in units. */
  readonly distance: number;
  /** Attributes that the other server's features do not have. */
  readonly lacking: readonly string[];
}

/** Compares a tile with that of the reference. @throws Error where one of them cannot be read */
export function differenceOf(reference: Uint8Array, other: Uint8Array): TileDifference {
  const [a, b] = [featuresOf(reference), featuresOf(other)];
  const [expected, present] = [namesOf(a), namesOf(b)];
  const common = [...expected].filter((name) => present.has(name));
  const [found] = compareTiles(encoded(a, common), encoded(b, common), { ignoreArea: SPECK, buffer: 0 });
  const far = found?.moved.filter(({ distance }) => distance > TOLERANCE) ?? [];
  return {
    features: a.length,
    missing: found?.onlyInFirst.length ?? 0,
    extra: found?.onlyInSecond.length ?? 0,
    values: found?.otherProperties.length ?? 0,
    moved: far.length + (found?.otherType.length ?? 0),
    distance: far[0]?.distance ?? 0,
    lacking: b.length === 0 ? [] : [...expected].filter((name) => !present.has(name)),
  };
}

export function isSame({ missing, extra, values, moved, lacking }: TileDifference): boolean {
  return missing + extra + values + moved + lacking.length === 0;
}

/** The features that reach into the tile, by the id that they have or carry, in units of 4096. */
function featuresOf(bytes: Uint8Array): LayerFeature[] {
  const { layers } = new VectorTile(new PbfReader(bytes));
  const found: LayerFeature[] = [];
  for (const layer of Object.values(layers)) {
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i);
      const chains = scaledChains(feature, EXTENT / layer.extent);
      if (reachesIn(chains.flat())) found.push(named(feature, chains));
    }
  }
  return found;
}

function named({ id, type, properties: carried }: VectorTileFeature, chains: number[][]): LayerFeature {
  const { id: carriedId, ...properties } = carried;
  return {
    id: id ?? Number(carriedId),
    type: type as GeometryType,
    commands: encodeCommands(type as GeometryType, chains),
    properties,
  };
}

function scaledChains(feature: VectorTileFeature, scale: number): number[][] {
  return feature.loadGeometry().map((chain) => {
    // The decoder closes rings, the encoder does not want them closed.
    const open = feature.type === 3 ? chain.slice(0, -1) : chain;
    return open.flatMap(({ x, y }) => [Math.round(x * scale), Math.round(y * scale)]);
  });
}

function reachesIn(numbers: readonly number[]): boolean {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  numbers.forEach((value, i) => {
    low[i % 2] = Math.min(low[i % 2] ?? 0, value);
    high[i % 2] = Math.max(high[i % 2] ?? 0, value);
  });
  return Math.min(...high) >= REACH && Math.max(...low) <= EXTENT - REACH;
}

function namesOf(features: readonly LayerFeature[]): Set<string> {
  return new Set(features.flatMap(({ properties }) => Object.keys(properties)));
}

function encoded(features: readonly LayerFeature[], names: readonly string[]): Uint8Array {
  const only = (properties: Properties): Properties =>
    Object.fromEntries(names.map((name) => [name, properties[name]]));
  const same = features.map((feature) => ({ ...feature, properties: only(feature.properties) }));
  return encodeLayer({ name: 'features', features: same }).bytes;
}
