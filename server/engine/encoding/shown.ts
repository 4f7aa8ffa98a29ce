import { COLLAPSED, type TileGeometry } from './geometry.ts';

/** Features that are tested before others may have their turn. */
const PER_STEP = 2_000;

/** Positions of the features of a tile that pass all tests; absent where all do. In steps. */
export function* shownOf(
  { length, rows, kinds, hasCollapsed }: TileGeometry,
  tests: readonly ((row: number) => boolean)[],
  { withCollapsed }: { readonly withCollapsed: boolean },
): Generator<void, Uint32Array | undefined> {
  const leavesOut = hasCollapsed && !withCollapsed;
  if (tests.length === 0 && !leavesOut) return undefined;
  const shown = new Uint32Array(length);
  const isAny = tests.length === 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    if ((i + 1) % PER_STEP === 0) yield;
    if (leavesOut && (kinds[i] as number) >= COLLAPSED) continue;
    const row = rows[i] as number;
    if (isAny || tests.every((finds) => finds(row))) shown[count++] = i;
  }
  return shown.subarray(0, count);
}
