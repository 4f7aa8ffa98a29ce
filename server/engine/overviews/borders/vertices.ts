/**
 * The positions of some geometries, each with a number of its own: equal ones have the same. In units of whatever
 * they are given in; only equality and order count.
 */
export class Vertices {
  #coords = new Float64Array(2_048);
  /** Numbers plus one, by hash; 0 where free. */
  #slots = new Int32Array(2_048);
  #size = 0;
  readonly #number = new Float64Array(2);
  readonly #bits = new Uint32Array(this.#number.buffer);

  /** x, y, x, y, … by number; longer than it need be. Changes when positions are added. */
  get coords(): Float64Array {
    return this.#coords;
  }

  get size(): number {
    return this.#size;
  }

  /** The number of a position, which is added where it is new. */
  add(x: number, y: number): number {
    let slot = this.#hash(x, y);
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & (this.#slots.length - 1)) {
      const known = this.#slots[slot]! - 1;
      if (this.#coords[2 * known] === x && this.#coords[2 * known + 1] === y) return known;
    }
    if (2 * this.#size >= this.#slots.length) {
      this.#grow();
      return this.add(x, y);
    }
    const vertex = this.#size++;
    this.#coords[2 * vertex] = x;
    this.#coords[2 * vertex + 1] = y;
    this.#slots[slot] = vertex + 1;
    return vertex;
  }

  /** Negative where the first is farther west, or as far and farther south. */
  compare(a: number, b: number): number {
    return this.#coords[2 * a]! - this.#coords[2 * b]! || this.#coords[2 * a + 1]! - this.#coords[2 * b + 1]!;
  }

  #hash(x: number, y: number): number {
    // -0 is 0.
    this.#number[0] = x + 0;
    this.#number[1] = y + 0;
    let hash = Math.imul(this.#bits[0]! ^ Math.imul(this.#bits[1]!, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#bits[2]!, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ Math.imul(this.#bits[3]!, 0x27d4eb2f), 0x165667b1);
    return (hash ^ (hash >>> 16)) & (this.#slots.length - 1);
  }

  #grow(): void {
    const coords = new Float64Array(2 * this.#coords.length);
    coords.set(this.#coords);
    this.#coords = coords;
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let vertex = 0; vertex < this.#size; vertex++) {
      let slot = this.#hash(coords[2 * vertex]!, coords[2 * vertex + 1]!);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = vertex + 1;
    }
  }
}
