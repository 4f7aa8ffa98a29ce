import type { ClipBox } from '../types.ts';
import type { Ring } from './rebuild.ts';

/** An outline from where it enters the box to where it leaves it again. */
interface Piece {
  readonly points: number[];
  /** Places on the box's outline, clockwise on screen from its upper left corner. */
  readonly from: number;
  readonly to: number;
}

/**
 * Clipped rings with their pieces joined as Weiler and Atherton (1977) have it: from where one leaves the box on along
 * the box to where the next one enters, so that what falls apart is apart, and a hole at the edge becomes part of the
 * outline. Undefined where nothing tells what is inside.
 */
export function relinked(rings: readonly Ring[], box: ClipBox): number[][] | undefined {
  const pieces: Piece[] = [];
  const made: number[][] = [];
  for (const ring of rings) {
    const own = piecesOf(ring, box);
    if (!own) made.push([...ring]);
    else if (own.length === 0) return undefined;
    else pieces.push(...own);
  }
  const round = 4 * (box.max - box.min);
  const used = new Set<Piece>();
  for (const first of pieces) {
    if (used.has(first)) continue;
    const ring: number[] = [];
    let piece = first;
    do {
      if (used.has(piece)) return undefined;
      used.add(piece);
      ring.push(...piece.points);
      const next = nextOf(pieces, piece.to, round);
      addCorners(ring, piece.to, next.from, box);
      piece = next;
    } while (piece !== first);
    made.push(withoutRepeats(ring));
  }
  return made.filter(({ length }) => length >= 6);
}

/** The pieces of a ring between its stretches along the box; undefined where it has none of these. */
function piecesOf(ring: Ring, box: ClipBox): Piece[] | undefined {
  const count = ring.length / 2;
  const along = (i: number): boolean => isAlong(ring, i % count, (i + 1) % count, box);
  let start = 0;
  while (start < count && !along(start)) start++;
  if (start === count) return undefined;
  const pieces: Piece[] = [];
  let points: number[] = [];
  for (let i = start + 1; i <= start + count; i++) {
    const at = 2 * (i % count);
    if (along(i)) {
      if (points.length > 0) {
        points.push(ring[at]!, ring[at + 1]!);
        pieces.push(pieceOf(points, box));
      }
      points = [];
    } else {
      points.push(ring[at]!, ring[at + 1]!);
      if (points.length === 2 || !isOn(box, ring[at]!, ring[at + 1]!)) continue;
      // It only touches the box here: there too one piece ends, and another begins.
      pieces.push(pieceOf(points, box));
      points = [ring[at]!, ring[at + 1]!];
    }
  }
  return pieces;
}

function pieceOf(points: number[], box: ClipBox): Piece {
  const from = placeOn(box, points[0]!, points[1]!);
  return { points, from, to: placeOn(box, points.at(-2)!, points.at(-1)!) };
}

function isAlong(ring: Ring, i: number, j: number, { min, max }: ClipBox): boolean {
  const [ax, ay, bx, by] = [ring[2 * i]!, ring[2 * i + 1]!, ring[2 * j]!, ring[2 * j + 1]!];
  return (ax === bx && (ax === min || ax === max)) || (ay === by && (ay === min || ay === max));
}

function isOn({ min, max }: ClipBox, x: number, y: number): boolean {
  return x === min || x === max || y === min || y === max;
}

function placeOn({ min, max }: ClipBox, x: number, y: number): number {
  const side = max - min;
  if (y === min) return x - min;
  if (x === max) return side + (y - min);
  return y === max ? 2 * side + (max - x) : 3 * side + (max - y);
}

/** The piece that enters next behind a place; not at it, where two outlines touch. */
function nextOf(pieces: readonly Piece[], place: number, round: number): Piece {
  let nearest = pieces[0]!;
  let least = Infinity;
  for (const piece of pieces) {
    const distance = (piece.from - place + round) % round || round;
    if (distance >= least) continue;
    least = distance;
    nearest = piece;
  }
  return nearest;
}

function addCorners(ring: number[], from: number, to: number, { min, max }: ClipBox): void {
  const side = max - min;
  const end = to > from ? to : to + 4 * side;
  for (let corner = Math.floor(from / side) + 1; corner * side < end; corner++) {
    const which = corner % 4;
    ring.push(which === 1 || which === 2 ? max : min, which === 2 || which === 3 ? max : min);
  }
}

function withoutRepeats(ring: readonly number[]): number[] {
  const kept: number[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    if (kept.at(-2) !== ring[i] || kept.at(-1) !== ring[i + 1]) kept.push(ring[i]!, ring[i + 1]!);
  }
  if (kept.length > 2 && kept[0] === kept.at(-2) && kept[1] === kept.at(-1)) kept.length -= 2;
  return kept;
}
