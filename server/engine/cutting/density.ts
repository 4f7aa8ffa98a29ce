import type { TileCoord } from '../types.ts';
import { codeAt, firstFrom, inPlaces, stretchOf } from './morton.ts';

/** How much lies in a tile, told before it is looked for: places sorted along a curve, with sums of their weights. */
export class Density {
  readonly #codes: Uint32Array;
  /** Weight of the places before each, and of all of them. */
  readonly #sums: Float64Array;

  /** @param placeOf world coordinates of a place */
  constructor(
    count: number,
    placeOf: (i: number) => readonly [x: number, y: number],
    weightOf: (i: number) => number,
  ) {
    const { codes, order } = inPlaces(count, (i) => {
      const [x, y] = placeOf(i);
      // What is beyond the antimeridian is drawn on the other side.
      return codeAt(x - Math.floor(x), y);
    });
    this.#codes = codes;
    this.#sums = new Float64Array(order.length + 1);
    for (let i = 0; i < order.length; i++) {
      this.#sums[i + 1] = (this.#sums[i] as number) + weightOf(order[i] as number);
    }
  }

  get bytes(): number {
    return this.#codes.byteLength + this.#sums.byteLength;
  }

  /** Weight of the places in a tile, without its buffer. */
  in(coord: TileCoord): number {
    const [first, end] = stretchOf(coord);
    const from = firstFrom(this.#codes, first);
    return (this.#sums[firstFrom(this.#codes, end, from)] as number) - (this.#sums[from] as number);
  }
}
