import type { TileCoord } from '../types.ts';
import { codeAt, firstFrom, inPlaces, stretchOf } from './morton.ts';

/** Places in order along a curve, and the weight of those before each, and of all of them. */
export interface DensityArrays {
  readonly codes: Uint32Array;
  readonly sums: Float64Array;
}

/** How much lies in a tile, told before it is looked for: places sorted along a curve, with sums of their weights. */
export class Density {
  readonly #codes: Uint32Array;
  readonly #sums: Float64Array;

  constructor({ codes, sums }: DensityArrays) {
    this.#codes = codes;
    this.#sums = sums;
  }

  /** @param placeOf world coordinates of a place */
  static arraysOf(
    count: number,
    placeOf: (i: number) => readonly [x: number, y: number],
    weightOf: (i: number) => number,
  ): DensityArrays {
    const { codes, order } = inPlaces(count, (i) => {
      const [x, y] = placeOf(i);
      // What is beyond the antimeridian is drawn on the other side.
      return codeAt(x - Math.floor(x), y);
    });
    const sums = new Float64Array(order.length + 1);
    for (let i = 0; i < order.length; i++) {
      sums[i + 1] = (sums[i] as number) + weightOf(order[i] as number);
    }
    return { codes, sums };
  }

  get bytes(): number {
    return this.#codes.byteLength + this.#sums.byteLength;
  }

  /** Weight of all places. */
  get total(): number {
    return this.#sums.at(-1) ?? 0;
  }

  get count(): number {
    return this.#codes.length;
  }

  /**
   * Weight of the places in a tile, without its buffer.
   * @param fixed what of the weight of each place is always there; of the rest, `share` is
   */
  in(coord: TileCoord, fixed = 0, share = 1): number {
    const [first, end] = stretchOf(coord);
    const from = firstFrom(this.#codes, first);
    const to = firstFrom(this.#codes, end, from);
    const always = fixed * (to - from);
    return always + share * ((this.#sums[to] as number) - (this.#sums[from] as number) - always);
  }
}
