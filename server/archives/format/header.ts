import type { Bounds } from '../../engine/types.ts';

/** Bytes of a header, and how far into the file its root directory may reach (PMTiles spec v3, §3 and §4). */
export const HEADER_BYTES = 127;
export const ROOT_END = 16_384;

export interface Section {
  readonly offset: number;
  readonly length: number;
}

/** What a PMTiles v3 header says, of archives whose directories and vector tiles are compressed with gzip. */
export interface Header {
  readonly root: Section;
  readonly metadata: Section;
  readonly leaves: Section;
  readonly tiles: Section;
  /** Tiles that are found, entries of directories, and different contents. */
  readonly counts: { readonly tiles: number; readonly entries: number; readonly contents: number };
  readonly zooms: readonly [from: number, to: number];
  /** Degrees. */
  readonly bounds: Bounds;
  readonly center: readonly [longitude: number, latitude: number, zoom: number];
}

const MAGIC = 'PMTiles';
const VERSION = 3;
const GZIP = 2;
const MVT = 1;
const CLUSTERED = 1;
/** Degrees are kept as whole numbers of this many to one. */
const PER_DEGREE = 1e7;

export function writeHeader(header: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  bytes[7] = VERSION;
  const { root, metadata, leaves, tiles, counts, zooms, bounds, center } = header;
  const numbers = [root, metadata, leaves, tiles].flatMap(({ offset, length }) => [offset, length]);
  [...numbers, counts.tiles, counts.entries, counts.contents].forEach((value, i) =>
    bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * i),
  );
  bytes.set([CLUSTERED, GZIP, GZIP, MVT, ...zooms], 96);
  [...bounds].forEach((degrees, i) => bytes.writeInt32LE(Math.round(degrees * PER_DEGREE), 102 + 4 * i));
  bytes[118] = center[2];
  bytes.writeInt32LE(Math.round(center[0] * PER_DEGREE), 119);
  bytes.writeInt32LE(Math.round(center[1] * PER_DEGREE), 123);
  return bytes;
}

/** What of a header a server has to know; undefined where the bytes are none of version 3. */
export interface HeaderRead extends Pick<Header, 'metadata' | 'zooms' | 'bounds' | 'center'> {
  /** Whether the metadata are compressed: with gzip, or not at all. */
  readonly internal: 'gzip' | 'none' | 'other';
  readonly tiles: number;
}

export function readHeader(bytes: Buffer): HeaderRead | undefined {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 7) !== MAGIC || bytes[7] !== VERSION)
    return undefined;
  const number = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const degrees = (at: number): number => bytes.readInt32LE(at) / PER_DEGREE;
  return {
    metadata: { offset: number(24), length: number(32) },
    tiles: number(72),
    internal: bytes[97] === GZIP ? 'gzip' : bytes[97] === 1 ? 'none' : 'other',
    zooms: [bytes[100] ?? 0, bytes[101] ?? 0],
    bounds: [degrees(102), degrees(106), degrees(110), degrees(114)],
    center: [degrees(119), degrees(123), bytes[118] ?? 0],
  };
}
