import { mendedBytes, mendedShapes, type MendedShapes } from './mend.ts';
import type { Topology } from './topology.ts';
import { walkChain } from './topology.ts';
import { atOnce, inTurns } from './turns.ts';
import { GeometryType } from './types.ts';

/** Consecutive vertices that share one bounding box, so that a long ring is not walked for every tile. */
export const CHUNK = 32;

/**
 * All chains of a topology simplified for one zoom, laid out flat for fast cutting. Rings are open:
 * their last vertex is not the first one again.
 */
export interface Band {
  /** World coordinates x, y, x, y, … */
  readonly coords: Float64Array;
  /** Chain c has the vertices from `chainStart[c]` up to, not including, `chainStart[c + 1]`. */
  readonly chainStart: Uint32Array;
  /** Shape s has the chains from `shapeStart[s]` up to, not including, `shapeStart[s + 1]`. */
  readonly shapeStart: Uint32Array;
  /** Four numbers (bounds in world units) for each run of CHUNK vertices of a chain. */
  readonly chunkBoxes: Float64Array;
  /** First chunk of each chain. */
  readonly chunkStart: Uint32Array;
  readonly bytes: number;
}

/** Shapes, or chains, between two places where the work may be interrupted. */
const PER_STEP = 1_000;

/** The chains with the vertices of at least this weight (world units). */
export function* buildBand(topology: Topology, tolerance: number): Generator<void, Band> {
  const { weights, arcStart, shapes } = topology;
  const shapeStart = new Uint32Array(shapes.length + 1);
  shapes.forEach(({ chains }, i) => (shapeStart[i + 1] = shapeStart[i]! + chains.length));

  const chainStart = new Uint32Array(shapeStart[shapes.length]! + 1);
  const chunkStart = new Uint32Array(chainStart.length);
  const kept: number[] = [];
  let chain = 0;
  for (const [shape, { type, chains }] of shapes.entries()) {
    if (shape % PER_STEP === 0) yield;
    for (const arcs of chains) {
      walkChain(arcs, arcStart, (vertex) => {
        if (weights[vertex]! >= tolerance) kept.push(vertex);
      });
      if (type === GeometryType.polygon) kept.pop();
      const length = kept.length - chainStart[chain]!;
      chainStart[chain + 1] = kept.length;
      chunkStart[chain + 1] = chunkStart[chain]! + Math.ceil(length / CHUNK);
      chain++;
    }
  }
  yield;
  const coords = gather(topology.coords, kept);
  const chunkBoxes = yield* boxChunks(coords, chainStart, chunkStart);
  const arrays = [coords, chainStart, shapeStart, chunkBoxes, chunkStart];
  const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { coords, chainStart, shapeStart, chunkBoxes, chunkStart, bytes };
}

function gather(coords: Float64Array, vertices: readonly number[]): Float64Array {
  const gathered = new Float64Array(2 * vertices.length);
  for (let i = 0; i < vertices.length; i++) {
    const vertex = vertices[i]!;
    gathered[2 * i] = coords[2 * vertex]!;
    gathered[2 * i + 1] = coords[2 * vertex + 1]!;
  }
  return gathered;
}

function* boxChunks(
  coords: Float64Array,
  chainStart: Uint32Array,
  chunkStart: Uint32Array,
): Generator<void, Float64Array> {
  const boxes = new Float64Array(4 * chunkStart.at(-1)!);
  let box = 0;
  for (let chain = 0; chain + 1 < chainStart.length; chain++) {
    if (chain % PER_STEP === 0) yield;
    const end = chainStart[chain + 1]!;
    for (let first = chainStart[chain]!; first < end; first += CHUNK) {
      boxes.set(boundsOf(coords, first, Math.min(first + CHUNK, end)), box);
      box += 4;
    }
  }
  return boxes;
}

/** Smallest and largest x and y of some vertices: minX, minY, maxX, maxY. */
export function boundsOf(
  coords: Float64Array,
  start: number,
  end: number,
): [minX: number, minY: number, maxX: number, maxY: number] {
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (let i = 2 * start; i < 2 * end; i += 2) {
    const x = coords[i]!;
    const y = coords[i + 1]!;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  return [minX, minY, maxX, maxY];
}

/**
 * Tile units that simplification may move a line by. Rounding moves it by up to half a unit anyway; a
 * quarter more keeps outlines within one unit of the unsimplified ones.
 */
const TOLERANCE = 0.25;

/** A zoom that would keep this share of the deepest zoom's vertices uses that zoom's band: memory before speed. */
const NEARLY_ALL = 0.8;

/** The bands of a topology, one for each zoom up to `maxZoom`, built when first asked for. */
export class Bands {
  readonly #topology: Topology;
  readonly #extent: number;
  readonly #maxZoom: number;
  readonly #byZoom = new Map<number, Band>();
  readonly #mended = new Map<number, MendedShapes>();
  readonly #zoomOfBand = new Map<number, number>();
  readonly #preparing = new Map<number, Promise<void>>();

  constructor(topology: Topology, options: { extent: number; maxZoom: number }) {
    this.#topology = topology;
    this.#extent = options.extent;
    this.#maxZoom = options.maxZoom;
  }

  /** Bytes that the bands built so far take. */
  get bytes(): number {
    const bands = [...new Set(this.#byZoom.values())].reduce((sum, { bytes }) => sum + bytes, 0);
    return [...this.#mended.values()].reduce((sum, mended) => sum + mendedBytes(mended), bands);
  }

  at(zoom: number): Band {
    const z = Math.min(zoom, this.#maxZoom);
    let band = this.#byZoom.get(z);
    if (!band) {
      const other = this.#zoomOf(z);
      band = other === z ? atOnce(buildBand(this.#topology, this.#tolerance(z))) : this.at(other);
      this.#byZoom.set(z, band);
    }
    return band;
  }

  /** Polygons of a zoom that are drawn in another way than its band has them. */
  mended(zoom: number): MendedShapes {
    let mended = this.#mended.get(zoom);
    if (!mended) {
      mended = atOnce(this.#mend(zoom));
      this.#mended.set(zoom, mended);
    }
    return mended;
  }

  /** Builds what a zoom has in turns of the event loop; undefined where it is there. */
  prepare(zoom: number): Promise<void> | undefined {
    const z = this.#zoomOf(Math.min(zoom, this.#maxZoom));
    if (this.#byZoom.has(z) && this.#mended.has(zoom)) return undefined;
    let running = this.#preparing.get(zoom);
    if (!running) {
      running = this.#prepare(zoom, z).finally(() => this.#preparing.delete(zoom));
      this.#preparing.set(zoom, running);
    }
    return running;
  }

  async #prepare(zoom: number, z: number): Promise<void> {
    if (!this.#byZoom.has(z)) {
      const band = await inTurns(buildBand(this.#topology, this.#tolerance(z)));
      if (!this.#byZoom.has(z)) this.#byZoom.set(z, band);
    }
    if (!this.#mended.has(zoom)) this.#mended.set(zoom, await inTurns(this.#mend(zoom)));
  }

  #mend(zoom: number): Generator<void, MendedShapes> {
    const z = this.#zoomOf(Math.min(zoom, this.#maxZoom));
    return mendedShapes(this.#topology, this.at(zoom), this.#tolerance(z), this.#extent * 2 ** zoom);
  }

  /** The zoom whose band serves another: the deepest where that has hardly more vertices. */
  #zoomOf(z: number): number {
    const known = this.#zoomOfBand.get(z);
    if (known !== undefined) return known;
    const isNearlyAll = z < this.#maxZoom && this.#count(z) >= NEARLY_ALL * this.#count(this.#maxZoom);
    const zoom = isNearlyAll ? this.#maxZoom : z;
    this.#zoomOfBand.set(z, zoom);
    return zoom;
  }

  #tolerance(zoom: number): number {
    return TOLERANCE / (this.#extent * 2 ** zoom);
  }

  #count(zoom: number): number {
    const tolerance = this.#tolerance(zoom);
    let count = 0;
    for (const weight of this.#topology.weights) if (weight >= tolerance) count++;
    return count;
  }
}
