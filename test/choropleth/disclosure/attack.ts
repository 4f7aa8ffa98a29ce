/**
 * Somebody who fetches every published sum and computes with them: Gaussian elimination over the cells. What lies
 * in the span of the published sums is known exactly.
 */
export class Attacker {
  readonly #rows: { pivot: number; row: Float64Array }[] = [];

  /** Learns a sum: which cells it is of. */
  learn(sum: ArrayLike<number>): void {
    const row = this.#reduce(sum);
    const pivot = row.findIndex((value) => Math.abs(value) > 1e-9);
    if (pivot === -1) return;
    const scale = row[pivot]!;
    for (let i = 0; i < row.length; i++) row[i]! /= scale;
    this.#rows.push({ pivot, row });
  }

  /** Whether the sum over these cells follows from what was learnt. */
  knows(sum: ArrayLike<number>): boolean {
    return this.#reduce(sum).every((value) => Math.abs(value) < 1e-7);
  }

  #reduce(sum: ArrayLike<number>): Float64Array {
    const rest = Float64Array.from(sum);
    for (const { pivot, row } of this.#rows) {
      const factor = rest[pivot]!;
      if (Math.abs(factor) < 1e-12) continue;
      for (let i = pivot; i < rest.length; i++) rest[i]! -= factor * row[i]!;
    }
    return rest;
  }
}

/** Every choice of some values, all of them included. */
export function subsets<T>(values: readonly T[]): T[][] {
  return values
    .reduce<T[][]>((sets, value) => [...sets, ...sets.map((set) => [...set, value])], [[]])
    .filter((set) => set.length > 0);
}
