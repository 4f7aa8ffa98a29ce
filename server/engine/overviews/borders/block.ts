import type { BlockRow, Coarseness, GeneralRow } from './generalize.ts';

/** Rows of a block as they go to the thread, and what becomes of them as it comes back: numbers, and WKB end to end. */
export interface PackedBlock extends Coarseness {
  readonly rows: Int32Array;
  readonly groups: Int32Array;
  readonly own: Uint8Array;
  /** Where each one's WKB begins, and where the last ends. */
  readonly starts: Uint32Array;
  readonly wkb: Uint8Array;
}

export interface PackedResult {
  readonly rows: Int32Array;
  readonly starts: Uint32Array;
  readonly wkb: Uint8Array;
}

export function packBlock(rows: readonly BlockRow[], coarseness: Coarseness): PackedBlock {
  return {
    ...coarseness,
    rows: Int32Array.from(rows, ({ row }) => row),
    groups: Int32Array.from(rows, ({ group }) => group),
    own: Uint8Array.from(rows, ({ own }) => (own ? 1 : 0)),
    ...packed(rows.map(({ wkb }) => wkb)),
  };
}

export function unpackBlock({ rows, groups, own, starts, wkb }: PackedBlock): BlockRow[] {
  return Array.from(rows, (row, i) => ({
    row,
    group: groups[i]!,
    own: own[i] === 1,
    wkb: wkb.subarray(starts[i], starts[i + 1]),
  }));
}

export function packResult(rows: readonly GeneralRow[]): PackedResult {
  return {
    rows: Int32Array.from(rows, ({ row }) => row),
    ...packed(rows.map(({ wkb }) => wkb)),
  };
}

function packed(all: readonly Uint8Array[]): { starts: Uint32Array; wkb: Uint8Array } {
  const starts = new Uint32Array(all.length + 1);
  all.forEach((one, i) => (starts[i + 1] = starts[i]! + one.length));
  const wkb = new Uint8Array(starts[all.length]!);
  all.forEach((one, i) => wkb.set(one, starts[i]));
  return { starts, wkb };
}
