/** Places of a table that are taken at most: of more it is made anew, twice as large. */
const FULL = 0.5;
const SMALLEST = 1 << 10;

/**
 * The first pair of shapes that met at each position of a row. A table of numbers: of tens of thousands of polygons there are as many
 * positions for each zoom, and a text and an object for each took as long as all the rest.
 */
export class Meetings {
  #size: number;
  #count = 0;
  /** The row of each place plus one; 0 where there is none. */
  #rows: Uint32Array;
  #x: Float64Array;
  #y: Float64Array;
  /** Two shapes of each place. */
  #pairs: Int32Array;

  /** @param expected positions, about */
  constructor(expected: number) {
    this.#size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(1, expected / FULL))));
    this.#rows = new Uint32Array(this.#size);
    this.#x = new Float64Array(this.#size);
    this.#y = new Float64Array(this.#size);
    this.#pairs = new Int32Array(2 * this.#size);
  }

  /** Notes a pair that meets at a position of a row; returns the one that did before, which stays. */
  add(row: number, x: number, y: number, one: number, other: number): readonly [number, number] | undefined {
    const place = this.#placeOf(row, x, y);
    if (this.#rows[place] !== 0) return [this.#pairs[2 * place]!, this.#pairs[2 * place + 1]!];
    this.#put(place, row, x, y);
    this.#pairs[2 * place] = one;
    this.#pairs[2 * place + 1] = other;
    if (++this.#count > FULL * this.#size) this.#grow();
    return undefined;
  }

  /** Where a position is, or would be put. */
  #placeOf(row: number, x: number, y: number): number {
    let place = hash(row, x, y) & (this.#size - 1);
    while (this.#rows[place] !== 0) {
      if (this.#rows[place] === row + 1 && this.#x[place] === x && this.#y[place] === y) break;
      place = (place + 1) & (this.#size - 1);
    }
    return place;
  }

  #put(place: number, row: number, x: number, y: number): void {
    this.#rows[place] = row + 1;
    this.#x[place] = x;
    this.#y[place] = y;
  }

  #grow(): void {
    const [rows, xs, ys, pairs] = [this.#rows, this.#x, this.#y, this.#pairs];
    this.#size *= 2;
    this.#rows = new Uint32Array(this.#size);
    this.#x = new Float64Array(this.#size);
    this.#y = new Float64Array(this.#size);
    this.#pairs = new Int32Array(2 * this.#size);
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] === 0) continue;
      const place = this.#placeOf(rows[i]! - 1, xs[i]!, ys[i]!);
      this.#put(place, rows[i]! - 1, xs[i]!, ys[i]!);
      this.#pairs[2 * place] = pairs[2 * i]!;
      this.#pairs[2 * place + 1] = pairs[2 * i + 1]!;
    }
  }
}

/** Whole numbers beyond 32 bits are cut off: those differ in their lower ones, too. */
function hash(row: number, x: number, y: number): number {
  let bits = Math.imul(row, 0x9e3779b1) ^ Math.imul(x, 0x85ebca6b) ^ Math.imul(y, 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return (bits ^ (bits >>> 13)) >>> 0;
}
