import { createHash, type Hash } from 'node:crypto';

/** Arrays by name, and what is said of them. */
export interface Packed<Head> {
  readonly head: Head;
  readonly sections: Sections;
}

export type Section = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;
export type Sections = Readonly<Record<string, Section>>;

const TYPES = { Float64Array, Float32Array, Int32Array, Uint32Array, Uint8Array } as const;

/** What a file begins with: its name, a number that reads otherwise on machines of other endianness, length of the head, checksum. */
const MAGIC = 'CHORLAYR';
const MARK = 0x0a0b0c0d;
const CHECKSUM_AT = 16;
const HEAD_AT = 48;
/** Every array begins where it can be read in place. */
const ALIGNMENT = 8;
/** Bytes that are summed up between two turns of the event loop. */
const SLICE = 1 << 20;

interface Place {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  /** From the end of the head. */
  readonly at: number;
  readonly length: number;
}

/** The pieces of a file, in order. */
export function pack<Head>({ head, sections }: Packed<Head>): Uint8Array[] {
  const places: Place[] = [];
  const body: Uint8Array[] = [];
  let at = 0;
  for (const [name, array] of Object.entries(sections)) {
    places.push({ name, type: typeOf(array), at, length: array.length });
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const gap = padding(bytes.length);
    body.push(bytes, new Uint8Array(gap));
    at += bytes.length + gap;
  }
  const text = new TextEncoder().encode(JSON.stringify({ head, places, size: at }));
  const start = new Uint8Array(HEAD_AT);
  start.set(new TextEncoder().encode(MAGIC));
  new Uint32Array(start.buffer, MAGIC.length, 2).set([MARK, text.length]);
  const rest = [text, new Uint8Array(padding(text.length)), ...body];
  const sum = createHash('sha256').update(start.subarray(0, CHECKSUM_AT));
  for (const piece of rest) sum.update(piece);
  start.set(sum.digest(), CHECKSUM_AT);
  return [start, ...rest];
}

/** What a file says of itself in its first bytes, and how many those are; undefined where it is none of ours, or cut short. */
export function headOf<Head>(bytes: Uint8Array): { head: Head; places: Place[]; bodyAt: number } | undefined {
  if (bytes.length < HEAD_AT || bytes.byteOffset % ALIGNMENT !== 0) return undefined;
  if (new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const [mark, length = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset + MAGIC.length, 2);
  if (mark !== MARK || HEAD_AT + length > bytes.length) return undefined;
  const bodyAt = HEAD_AT + length + padding(length);
  try {
    const text = new TextDecoder().decode(bytes.subarray(HEAD_AT, HEAD_AT + length));
    const { head, places, size } = JSON.parse(text) as { head: Head; places: Place[]; size: number };
    return bodyAt + size === bytes.length ? { head, places, bodyAt } : undefined;
  } catch {
    return undefined;
  }
}

/** The arrays of a file, as views of it; undefined where a bit of it is not as it was written. See `inTurns`. */
export function* unpack<Head>(bytes: Uint8Array): Generator<void, Packed<Head> | undefined> {
  const found = headOf<Head>(bytes);
  if (!found) return undefined;
  const sum = createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT));
  yield* summed(sum, bytes.subarray(HEAD_AT));
  if (Buffer.compare(sum.digest(), bytes.subarray(CHECKSUM_AT, HEAD_AT)) !== 0) return undefined;
  const sections = found.places.map(({ name, type, at, length }) => [
    name,
    new TYPES[type](bytes.buffer as ArrayBuffer, bytes.byteOffset + found.bodyAt + at, length),
  ]);
  return { head: found.head, sections: Object.fromEntries(sections) as Sections };
}

function* summed(sum: Hash, bytes: Uint8Array): Generator<void> {
  for (let at = 0; at < bytes.length; at += SLICE) {
    sum.update(bytes.subarray(at, at + SLICE));
    yield;
  }
}

function typeOf(array: Section): keyof typeof TYPES {
  // A Buffer is a Uint8Array, too.
  const name = Object.keys(TYPES).find((type) => array instanceof TYPES[type as keyof typeof TYPES]);
  if (name === undefined) throw new Error('no array that can be packed');
  return name as keyof typeof TYPES;
}

const padding = (length: number): number => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
