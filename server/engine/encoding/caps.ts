import { sorted } from '../../tools/sorted.ts';
import { measureCommands } from './commands.ts';
import { GeometryType, type EncodedLayer } from '../types.ts';

/** Bytes of a feature besides its geometry and tags: field headers, id and type. */
export const FEATURE_OVERHEAD = 16;

export interface Caps {
  readonly maxFeatures?: number | undefined;
  /** Upper bound of the encoded layer in bytes; unlimited when absent. */
  readonly maxBytes?: number | undefined;
}

/** Features as the caps see them, by position. */
export interface Sized {
  readonly length: number;
  typeOf(i: number): GeometryType;
  commandsOf(i: number): Uint8Array;
  commandBytes(i: number): number;
  /** How many properties a feature has. */
  tagsOf(i: number): number;
}

/** Positions of features, the smallest first; all of them where absent. */
export type Kept = Uint32Array | undefined;

/**
 * A layer of the features that the caps allow. Where a cap bites, the smallest features go first (by area,
 * then length; points keep their order) and `truncated` says so. Work that yields between its steps, as with many
 * features each takes its time.
 */
export function* withinCaps(
  all: Sized,
  { maxFeatures = Infinity, maxBytes = Infinity }: Caps,
  write: (kept: Kept) => Generator<void, Uint8Array>,
): Generator<void, EncodedLayer> {
  let ranking: Uint32Array | undefined;
  let count = all.length;
  let kept: Kept;
  if (count > maxFeatures) {
    ranking = yield* ranked(all);
    count = Math.max(0, Math.floor(maxFeatures));
    kept = inOrder(ranking.subarray(0, count), all.length);
  }
  const bytes = yield* write(kept);
  if (bytes.length <= maxBytes) return { bytes, features: count, truncated: count < all.length };
  ranking ??= yield* ranked(all);
  const rawSize = (i: number): number => FEATURE_OVERHEAD + all.commandBytes(i) + 4 * all.tagsOf(i);
  // Dictionary sizes are only known once written, so the budget shrinks by what the last try was over.
  let raw = 0;
  for (let i = 0; i < count; i++) raw += rawSize(ranking[i] as number);
  let budget = raw * (maxBytes / bytes.length);
  for (;;) {
    yield;
    let fewer = 0;
    for (let used = 0; fewer < count; fewer++)
      if ((used += rawSize(ranking[fewer] as number)) > budget) break;
    const tried = yield* write(inOrder(ranking.subarray(0, fewer), all.length));
    if (tried.length <= maxBytes) return { bytes: tried, features: fewer, truncated: true };
    budget -= Math.max(1, tried.length - maxBytes);
  }
}

/** Bytes of commands that are measured before others may have their turn. */
const PER_STEP = 16_000;

/** Positions of the features, the largest first, equal ones in their order. */
function* ranked(all: Sized): Generator<void, Uint32Array> {
  const positions = Uint32Array.from({ length: all.length }, (_, i) => i);
  const sizes = new Float64Array(all.length);
  let [measured, hasSizes] = [0, false];
  for (let i = 0; i < all.length; i++) {
    const type = all.typeOf(i);
    if (type === GeometryType.point) continue;
    hasSizes = true;
    sizes[i] = measureCommands(type, all.commandsOf(i));
    if ((measured += all.commandBytes(i)) < PER_STEP) continue;
    measured = 0;
    yield;
  }
  if (!hasSizes) return positions;
  return Uint32Array.from(yield* sorted([...positions], (a, b) => sizes[b]! - sizes[a]!));
}

/** Different numbers below `total`, the smallest first. */
function inOrder(found: Uint32Array, total: number): Uint32Array {
  const marks = new Uint8Array(total);
  for (let i = 0; i < found.length; i++) marks[found[i] as number] = 1;
  const order = new Uint32Array(found.length);
  for (let i = 0, at = 0; i < total; i++) if (marks[i] === 1) order[at++] = i;
  return order;
}
