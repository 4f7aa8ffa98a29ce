import type { PropertyValue } from '../types.ts';
import type { Sections } from './pack.ts';

type Value = PropertyValue | null;
type Values = readonly Value[];

/** What a row has; numbers and texts stand elsewhere, one after the other. */
const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const TEXT = 4;

/** Values that are looked at between two places where the work may be interrupted. */
const PER_STEP = 5_000;

/** A column as arrays: each different text is there once. See `inTurns`. */
export function* packColumn(values: Values): Generator<void, Sections> {
  const kinds = new Uint8Array(values.length);
  const numbers: number[] = [];
  const texts: number[] = [];
  const known = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    if (row % PER_STEP === 0) yield;
    const value = values[row] ?? null;
    kinds[row] = kindOf(value);
    if (typeof value === 'number') numbers.push(value);
    if (typeof value !== 'string') continue;
    let position = known.get(value);
    if (position === undefined) known.set(value, (position = known.size));
    texts.push(position);
  }
  const encoded = [...known.keys()].map((text) => Buffer.from(text, 'utf8'));
  const ends = new Uint32Array(encoded.length);
  let end = 0;
  encoded.forEach(({ length }, i) => (ends[i] = end += length));
  return {
    kinds,
    numbers: Float64Array.from(numbers),
    texts: Uint32Array.from(texts),
    ends,
    bytes: Buffer.concat(encoded),
  };
}

/** The values again. */
export function* unpackColumn(sections: Sections): Generator<void, Value[]> {
  const { kinds = NONE, numbers = NONE, texts = NONE } = sections;
  const words = yield* wordsOf(sections);
  const values: Value[] = [];
  let [number, text] = [0, 0];
  for (let row = 0; row < kinds.length; row++) {
    if (row % PER_STEP === 0) yield;
    const kind = kinds[row];
    if (kind === NUMBER) values.push(numbers[number++]!);
    else if (kind === TEXT) values.push(words[texts[text++]!]!);
    else values.push(kind === NULL ? null : kind === TRUE);
  }
  return values;
}

const NONE = new Uint8Array();

function* wordsOf({ ends = NONE, bytes = NONE }: Sections): Generator<void, string[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words: string[] = [];
  for (let i = 0; i < ends.length; i++) {
    if (i % PER_STEP === 0) yield;
    words.push(buffer.toString('utf8', ends[i - 1] ?? 0, ends[i]));
  }
  return words;
}

function kindOf(value: Value): number {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  return typeof value === 'number' ? NUMBER : TEXT;
}
