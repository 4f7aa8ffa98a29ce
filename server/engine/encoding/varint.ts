/** Bytes of a non-negative safe integer. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  return value < 0x4000 ? 2 : largeVarintSize(value);
}

function largeVarintSize(value: number): number {
  let size = 2;
  for (let rest = Math.floor(value / 0x4000); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes a non-negative safe integer and returns where it ends. */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  if (value >= 0x8000_0000) return writeLargeVarint(bytes, start, value);
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** Beyond 31 bits, where JavaScript's bit operators do not reach. */
function writeLargeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

/** Wire types of protobuf. */
export const VARINT = 0;
export const LENGTH = 2;

/** Writes a field's number, below 16, and wire type, which are one byte then. */
export function writeTag(bytes: Uint8Array, at: number, field: number, wireType: number): number {
  bytes[at] = (field << 3) | wireType;
  return at + 1;
}
