import { withinCaps, type Caps, type Kept } from './caps.ts';
import { commandsOf, startOf, typeOf } from './geometry.ts';
import { RowWriter, type WrittenRows } from './row-writer.ts';
import { atOnce } from '../../tools/turns.ts';
import type { EncodedLayer } from '../types.ts';

/** Rows that take a good part of a millisecond. */
export const MANY = 4_000;

export interface RowsInput extends WrittenRows, Caps {
  /** Positions in the geometry of the features that are shown, in order; all of them where absent. */
  readonly shown?: Uint32Array | undefined;
}

/** How many rows are shown. */
export const countOf = ({ geometry, shown }: Pick<RowsInput, 'geometry' | 'shown'>): number =>
  shown?.length ?? geometry.length;

/** What writes layers at once, one after the other: its buffers are as large as they have to be. */
const writer = new RowWriter();

/** One MVT 2.1 layer of rows of a table, as `encodeLayer` makes it of features. */
export function encodeRows(input: RowsInput): EncodedLayer {
  const features = countOf(input);
  const { shown, maxFeatures = Infinity, maxBytes = Infinity } = input;
  if (features <= maxFeatures) {
    writer.begin(input);
    writer.addAll(0, features, shown);
    const bytes = writer.end();
    if (bytes.length <= maxBytes) return { bytes, features, truncated: false };
  }
  return atOnce(encoding(input, writer));
}

/** Writers with large buffers that nobody uses now. */
const idle: RowWriter[] = [];
const MOST_IDLE = 2;

/** The same in steps, unless it is done in one: others may be written between them. */
export function* encodeRowsInSteps(input: RowsInput): Generator<void, EncodedLayer> {
  if (countOf(input) * cellsOf(input) <= CELLS_PER_STEP) return encodeRows(input);
  const by = idle.pop() ?? new RowWriter();
  const layer = yield* encoding(input, by);
  if (idle.length < MOST_IDLE) idle.push(by);
  return layer;
}

function encoding(input: RowsInput, by: RowWriter): Generator<void, EncodedLayer> {
  const { geometry, shown } = input;
  const at = (i: number): number => (shown ? (shown[i] as number) : i);
  const { length } = input.columns;
  const sized = {
    length: countOf(input),
    typeOf: (i: number) => typeOf(geometry.kinds[at(i)] as number),
    commandsOf: (i: number) => commandsOf(geometry, at(i)),
    commandBytes: (i: number) => (geometry.ends[at(i)] as number) - startOf(geometry, at(i)),
    tagsOf: () => length,
  };
  return withinCaps(sized, input, (kept) => writing(input, kept, by));
}

/** Cells that are written before others may have their turn: a fraction of a millisecond. */
const CELLS_PER_STEP = 1_500;
/** What a row takes besides its columns is told in cells. */
const cellsOf = ({ columns }: RowsInput): number => 2 + columns.length;

function* writing(input: RowsInput, kept: Kept, by: RowWriter): Generator<void, Uint8Array> {
  const { shown } = input;
  by.begin(input);
  const count = kept?.length ?? countOf(input);
  const perStep = Math.ceil(CELLS_PER_STEP / cellsOf(input));
  for (let from = 0; from < count; from += perStep) {
    if (from > 0) yield;
    const to = Math.min(from + perStep, count);
    if (!kept) by.addAll(from, to, shown);
    else {
      for (let k = from; k < to; k++) {
        const i = kept[k] as number;
        by.add(shown ? (shown[i] as number) : i);
      }
    }
  }
  return yield* by.endInSteps();
}
