import { Meetings } from './meetings.ts';
import type { NodingRules } from './noding.ts';
import type { Topology } from '../topology/topology.ts';
import { GeometryType } from '../types.ts';

/** The polygons that use each arc. */
export type Owners = readonly (readonly number[] | undefined)[];

export function ownersOf(topology: Topology): Owners {
  const { shapeType, shapeStart, chainStart, references, arcStart } = topology;
  const owners = new Array<number[] | undefined>(arcStart.length - 1);
  for (let shape = 0; shape < shapeType.length; shape++) {
    if (shapeType[shape] !== GeometryType.polygon) continue;
    const end = chainStart[shapeStart[shape + 1]!]!;
    for (let i = chainStart[shapeStart[shape]!]!; i < end; i++) {
      const reference = references[i]!;
      (owners[reference < 0 ? ~reference : reference] ??= []).push(shape);
    }
  }
  return owners;
}

/** Which shapes touch themselves or each other. */
export class Trouble implements NodingRules {
  readonly #topology: Topology;
  readonly #owners: Owners;
  /** By shape: the group it is in, by one of its shapes (union–find). */
  readonly #groups = new Map<number, number>();
  /** Pairs of segments of one row that meet at a position: more than one, and the row comes there twice. */
  readonly #meetings: Meetings;

  constructor(topology: Topology, owners: Owners) {
    this.#topology = topology;
    this.#owners = owners;
    this.#meetings = new Meetings(topology.references.length);
    for (const own of owners) this.#join(own ?? [], own ?? []);
  }

  related(p: number, q: number): boolean {
    if (p === q) return true;
    const { shapeRow } = this.#topology;
    for (const one of this.#owners[p]!) {
      const row = shapeRow[one];
      for (const other of this.#owners[q]!) if (shapeRow[other] === row) return true;
    }
    return false;
  }

  touched(p: number, q: number): void {
    const [one, other] = [this.#owners[p]!, this.#owners[q]!];
    if (p === q) for (const shape of one) this.#union(shape, shape);
    else this.#join(one, other, true);
  }

  met(p: number, q: number, x: number, y: number): void {
    const { shapeRow } = this.#topology;
    for (const one of this.#owners[p]!) {
      const row = shapeRow[one];
      for (const other of this.#owners[q]!) {
        if (shapeRow[other] !== row) continue;
        const before = this.#meetings.add(row!, x, y, one, other);
        if (!before) continue;
        this.#union(one, other);
        this.#union(before[0], one);
        this.#union(before[1], one);
      }
    }
  }

  /** Shapes to be drawn together: those that touch, and those with an arc that has come to be another. */
  groups(changed: ReadonlySet<number>): Iterable<number[]> {
    for (const arc of changed) for (const shape of this.#owners[arc] ?? []) this.#union(shape, shape);
    const groups = new Map<number, number[]>();
    for (const shape of this.#groups.keys()) {
      const root = this.#rootOf(shape);
      const group = groups.get(root);
      if (group) group.push(shape);
      else groups.set(root, [shape]);
    }
    return groups.values();
  }

  /** Shapes of one row that use the same arc, or that do where `isTouching`. */
  #join(one: readonly number[], other: readonly number[], isTouching = false): void {
    const { shapeRow } = this.#topology;
    one.forEach((a, i) => {
      other.forEach((b, j) => {
        if ((isTouching || j > i) && shapeRow[a] === shapeRow[b]) this.#union(a, b);
      });
    });
  }

  #union(one: number, other: number): void {
    const [a, b] = [this.#rootOf(one), this.#rootOf(other)];
    this.#groups.set(a, a);
    this.#groups.set(b, a);
  }

  #rootOf(shape: number): number {
    let root = shape;
    for (
      let next = this.#groups.get(root);
      next !== undefined && next !== root;
      next = this.#groups.get(root)
    )
      root = next;
    return root;
  }
}
