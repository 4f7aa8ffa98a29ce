import Flatbush from 'flatbush';
import { boundsOf } from './band.ts';
import { Marks } from './marks.ts';
import type { Topology } from '../topology/topology.ts';
import type { Bounds } from '../types.ts';

/**
 * A shape to draw, and by how many worlds it is moved to be drawn where the tile is (−1, 0 or 1), as one number: there
 * may be thousands for a tile.
 */
export type Candidate = number;

const candidateOf = (shape: number, turn: number): Candidate => (shape << 2) | (turn + 1);
export const shapeOf = (candidate: Candidate): number => candidate >>> 2;
export const turnOf = (candidate: Candidate): number => (candidate & 3) - 1;

/** Boxes that are looked at before others may have their turn. */
const PER_STEP = 20_000;

/** Four numbers (world units) for each shape, and the tree over them; none without shapes. */
export interface ShapeBoxes {
  readonly boxes: Float64Array;
  readonly tree: Uint8Array | undefined;
}

/**
 * Finds shapes by bounding box (world units). The boxes of the full geometry serve every zoom:
 * simplification only ever takes vertices away.
 */
export class ShapeIndex {
  readonly #tree: Flatbush | undefined;
  readonly #boxes: Float64Array;
  /** What takes time to make. */
  readonly made: ShapeBoxes;
  /** Some shape reaches past the antimeridian, and has to be found from the other side too. */
  readonly wraps: boolean;
  /** Candidates that were found last. */
  #found = new Uint32Array(256);
  #count = 0;
  readonly #marks: Marks;

  constructor(
    topology: Topology,
    { boxes, tree } = ShapeIndex.boxesOf(topology),
    { wraps }: { readonly wraps: boolean } = { wraps: true },
  ) {
    this.#boxes = boxes;
    this.made = { boxes, tree };
    this.wraps = wraps && this.#anyLeavesWorld();
    this.#marks = new Marks(candidateOf(boxes.length / 4, 0));
    if (tree) this.#tree = Flatbush.from(tree.buffer, tree.byteOffset);
  }

  /** What takes time to make: another thread may have done it. */
  static boxesOf({ shapeStart, chainStart, references, coords, arcStart }: Topology): ShapeBoxes {
    const shapes = shapeStart.length - 1;
    const boxes = new Float64Array(4 * shapes);
    for (let shape = 0; shape < shapes; shape++) {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      // Holes are inside the exterior ring, so the first chain is enough.
      const chain = shapeStart[shape]!;
      for (let i = chainStart[chain]!; i < chainStart[chain + 1]!; i++) {
        const reference = references[i]!;
        const arc = reference < 0 ? ~reference : reference;
        const [minX, minY, maxX, maxY] = boundsOf(coords, arcStart[arc]!, arcStart[arc + 1]!);
        box[0] = Math.min(box[0]!, minX);
        box[1] = Math.min(box[1]!, minY);
        box[2] = Math.max(box[2]!, maxX);
        box[3] = Math.max(box[3]!, maxY);
      }
      boxes.set(box, 4 * shape);
    }
    if (shapes === 0) return { boxes, tree: undefined };
    const tree = new Flatbush(shapes);
    for (let i = 0; i < boxes.length; i += 4) {
      tree.add(boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!);
    }
    tree.finish();
    return { boxes, tree: new Uint8Array(tree.data) };
  }

  get bytes(): number {
    return this.#boxes.byteLength + this.#marks.bytes + (this.made.tree?.byteLength ?? 0);
  }

  /** Bounding box of a shape. */
  boxOf(shape: number): Bounds {
    const at = 4 * shape;
    return [this.#boxes[at]!, this.#boxes[at + 1]!, this.#boxes[at + 2]!, this.#boxes[at + 3]!];
  }

  /** World coordinates of the middle of a shape's bounding box. */
  middleOf(shape: number): [x: number, y: number] {
    const [minX, minY, maxX, maxY] = this.boxOf(shape);
    return [(minX + maxX) / 2, (minY + maxY) / 2];
  }

  /** Whether a shape is inside a box, its sides included. */
  isWithin(shape: number, box: Bounds): boolean {
    const boxes = this.#boxes;
    const at = 4 * shape;
    return (
      boxes[at]! >= box[0] && boxes[at + 1]! >= box[1] && boxes[at + 2]! <= box[2] && boxes[at + 3]! <= box[3]
    );
  }

  /** The shapes whose boxes meet the given one, in row order, until others are looked for. */
  search([minX, minY, maxX, maxY]: Bounds): Uint32Array {
    const tree = this.#tree;
    this.#count = 0;
    if (!tree) return this.#found.subarray(0, 0);
    tree.search(minX, minY, maxX, maxY, this.#take);
    for (const turn of this.wraps ? [-1, 1] : []) {
      tree.search(minX - turn, minY, maxX - turn, maxY, (shape) => {
        if (this.#leavesWorld(shape)) this.#add(candidateOf(shape, turn));
        return false;
      });
    }
    return this.#marks.sort(this.#found.subarray(0, this.#count));
  }

  /** Takes what the tree finds, whose own list of it would be an array that grows. */
  readonly #take = (shape: number): boolean => {
    this.#add(candidateOf(shape, 0));
    return false;
  };

  #add(candidate: Candidate): void {
    if (this.#count === this.#found.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#found);
      this.#found = larger;
    }
    this.#found[this.#count++] = candidate;
  }

  /** The same in steps, with others between them: looks at each shape, which for many is as fast and needs no sorting. */
  *inSteps([minX, minY, maxX, maxY]: Bounds): Generator<void, Uint32Array> {
    const boxes = this.#boxes;
    const shapes = boxes.length / 4;
    const turns = this.wraps ? [-1, 0, 1] : [0];
    const found: number[] = [];
    for (let shape = 0; shape < shapes; shape++) {
      if ((shape + 1) % PER_STEP === 0) yield;
      const at = 4 * shape;
      if (boxes[at + 1]! > maxY || boxes[at + 3]! < minY) continue;
      for (const turn of turns) {
        if (boxes[at]! > maxX - turn || boxes[at + 2]! < minX - turn) continue;
        if (turn === 0 || this.#leavesWorld(shape)) found.push(candidateOf(shape, turn));
      }
    }
    return Uint32Array.from(found);
  }

  #anyLeavesWorld(): boolean {
    const shapes = this.#boxes.length / 4;
    for (let shape = 0; shape < shapes; shape++) if (this.#leavesWorld(shape)) return true;
    return false;
  }

  #leavesWorld(shape: number): boolean {
    return this.#boxes[4 * shape]! < 0 || this.#boxes[4 * shape + 2]! > 1;
  }
}
