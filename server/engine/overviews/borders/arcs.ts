import { weighVertices } from '../../topology/weights.ts';
import type { Junctions } from './junctions.ts';
import type { Vertices } from './vertices.ts';
import type { Chain } from './wkb.ts';

/**
 * Simplifies lines and rings arc by arc, an arc being what lies between two junctions. What is left of an arc depends on
 * its own vertices alone, whichever way round they come: so it is the same for both neighbours, and whatever else
 * they are read together with.
 */
export class Arcs {
  readonly #vertices: Vertices;
  readonly #junctions: Junctions;
  readonly #tolerance: number;
  #coords = new Float64Array(2_048);
  #weights = new Float32Array(1_024);

  /** @param tolerance how far a dropped vertex may lie from what is kept */
  constructor(vertices: Vertices, junctions: Junctions, tolerance: number) {
    this.#vertices = vertices;
    this.#junctions = junctions;
    this.#tolerance = tolerance;
  }

  line(line: Chain): Chain {
    const kept = this.#between(line);
    kept.push(line.at(-1)!);
    return kept;
  }

  ring(ring: Chain): Chain {
    const start = this.#startOf(ring);
    return this.#between([...ring.slice(start), ...ring.slice(0, start), ring[start]!]);
  }

  /** The first junction, or of a ring without any the place that it would have in whichever order it is read. */
  #startOf(ring: Chain): number {
    const junction = ring.findIndex((vertex) => this.#junctions.has(vertex));
    if (junction >= 0) return junction;
    let first = 0;
    for (let i = 1; i < ring.length; i++) if (this.#vertices.compare(ring[i]!, ring[first]!) < 0) first = i;
    return first;
  }

  /** What is left of a chain, without its last vertex. */
  #between(chain: Chain): Chain {
    const kept: Chain = [];
    for (let from = 0, to = 1; to < chain.length; to++) {
      if (to < chain.length - 1 && !this.#junctions.has(chain[to]!)) continue;
      this.#keep(chain, from, to, kept);
      from = to;
    }
    return kept;
  }

  /** Adds what is left of an arc, without its last vertex. */
  #keep(chain: Chain, from: number, to: number, kept: Chain): void {
    const length = to - from + 1;
    if (length < 3) {
      kept.push(chain[from]!);
      return;
    }
    this.#makeRoom(length);
    const backwards = this.#isBackwards(chain, from, to);
    const { coords } = this.#vertices;
    for (let i = 0; i < length; i++) {
      const vertex = chain[backwards ? to - i : from + i]!;
      this.#coords[2 * i] = coords[2 * vertex]!;
      this.#coords[2 * i + 1] = coords[2 * vertex + 1]!;
    }
    weighVertices(this.#coords, 0, length, this.#weights);
    for (let i = 0; i < length - 1; i++) {
      const weight = this.#weights[backwards ? length - 1 - i : i]!;
      if (weight >= this.#tolerance) kept.push(chain[from + i]!);
    }
  }

  #isBackwards(chain: Chain, from: number, to: number): boolean {
    const ends = this.#vertices.compare(chain[from]!, chain[to]!);
    return (ends || this.#vertices.compare(chain[from + 1]!, chain[to - 1]!)) > 0;
  }

  #makeRoom(length: number): void {
    if (length <= this.#weights.length) return;
    this.#coords = new Float64Array(4 * length);
    this.#weights = new Float32Array(2 * length);
  }
}
