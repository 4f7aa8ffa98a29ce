import type { Chain } from './wkb.ts';

/** Vertices where lines of a drawing end or part: borders are simplified between them, and they stay. */
export class Junctions {
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #is: Uint8Array;

  /** @param vertices how many there are */
  constructor(vertices: number) {
    this.#first = new Int32Array(vertices).fill(-1);
    this.#second = new Int32Array(vertices).fill(-1);
    this.#is = new Uint8Array(vertices);
  }

  addLine(line: Chain): void {
    for (let i = 1; i < line.length; i++) this.addEdge(line[i - 1]!, line[i]!);
    this.#is[line[0]!] = 1;
    this.#is[line.at(-1)!] = 1;
  }

  addRing(ring: Chain): void {
    for (let i = 0; i < ring.length; i++) this.addEdge(ring[i]!, ring[(i + 1) % ring.length]!);
  }

  addEdge(a: number, b: number): void {
    this.#meet(a, b);
    this.#meet(b, a);
  }

  has(vertex: number): boolean {
    return this.#is[vertex] === 1;
  }

  #meet(vertex: number, neighbour: number): void {
    if (this.#first[vertex] === -1) this.#first[vertex] = neighbour;
    else if (this.#first[vertex] === neighbour) return;
    else if (this.#second[vertex] === -1) this.#second[vertex] = neighbour;
    else if (this.#second[vertex] !== neighbour) this.#is[vertex] = 1;
  }
}
