import { tileBounds } from '../../engine/grid.ts';
import type { Bounds, TileCoord } from '../../engine/types.ts';
import { tileAtPlace } from '../format/tile-id.ts';

/** Places along the curve of one zoom, as runs: where a map is, its tiles are many and their runs few. */
export class Places {
  readonly #starts: number[] = [];
  readonly #counts: number[] = [];

  /** @param place higher than any before */
  add(place: number): void {
    const last = this.#starts.length - 1;
    if (last >= 0 && this.#starts[last]! + this.#counts[last]! === place) this.#counts[last]!++;
    else {
      this.#starts.push(place);
      this.#counts.push(1);
    }
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.#starts.length; i++)
      for (let j = 0; j < this.#counts[i]!; j++) yield this.#starts[i]! + j;
  }
}

/** A tile and its place along the curve of its zoom. */
export interface Step {
  readonly coord: TileCoord;
  readonly place: number;
}

/** Tiles in a batch, few where each has much of the map: then all threads have something to do. */
export function batchSize(z: number): number {
  return z < 4 ? 1 : z < 7 ? 8 : z < 9 ? 64 : 512;
}

/** The tiles of a zoom that have a parent among those of the zoom above, in order and in batches. */
export function* stepsBelow(
  parents: Places | undefined,
  z: number,
  bbox: Bounds | undefined,
): Generator<Step[]> {
  let batch: Step[] = [];
  for (const place of placesBelow(parents)) {
    const coord = tileAtPlace(z, place);
    if (bbox && !meets(tileBounds(coord), bbox)) continue;
    batch.push({ coord, place });
    if (batch.length < batchSize(z)) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function* placesBelow(parents: Places | undefined): Generator<number> {
  if (!parents) yield 0;
  for (const place of parents ?? []) for (let child = 0; child < 4; child++) yield 4 * place + child;
}

/** Whether two boxes have more than an edge in common; a box whose west is east of its east goes over the antimeridian. */
function meets(tile: Bounds, [west, south, east, north]: Bounds): boolean {
  if (tile[3] <= south || tile[1] >= north) return false;
  const between = (from: number, to: number): boolean => tile[2] > from && tile[0] < to;
  return west <= east ? between(west, east) : between(west, 180) || between(-180, east);
}
