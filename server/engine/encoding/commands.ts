import { GeometryType, type TileUnits } from '../types.ts';

/**
 * Geometry commands of Mapbox Vector Tile 2.1, section 4.3: MoveTo, LineTo and ClosePath with
 * zigzag-encoded steps from the cursor, all as varints.
 */
const MOVE_TO = 1;
const LINE_TO = 2;
const CLOSE_PATH = 7;

/** A varint of a step takes at most 5 bytes here: tile units stay within 32 bits. */
const MAX_POINT_BYTES = 10;

/** Positions as x, y, x, y, … in tile units; only the first `length` numbers count. */
export interface Positions {
  readonly data: Float64Array;
  readonly length: number;
}

interface Mark {
  readonly end: number;
  readonly x: number;
  readonly y: number;
}

/** Writes the commands of one feature after another into one growing buffer. */
export class CommandWriter {
  #bytes = new Uint8Array(1 << 16);
  #end = 0;
  #x = 0;
  #y = 0;

  /** Number of bytes written so far. */
  get end(): number {
    return this.#end;
  }

  /** Starts a feature: the cursor is back at the tile's corner. */
  begin(): void {
    this.#x = 0;
    this.#y = 0;
  }

  /** Forgets everything written. */
  clear(): void {
    this.#end = 0;
    this.begin();
  }

  /** Where the writer is, for a `rewind` that takes back what was written since. */
  mark(): Mark {
    return { end: this.#end, x: this.#x, y: this.#y };
  }

  rewind({ end, x, y }: Mark): void {
    this.#end = end;
    this.#x = x;
    this.#y = y;
  }

  /** Points of one feature, as a single MoveTo. */
  points({ data, length }: Positions): void {
    this.#reserve(length);
    this.#varint((length / 2) * 8 + MOVE_TO);
    this.#steps(data, 0, length);
  }

  /** The only point of a feature; returns where its commands end. */
  point(x: number, y: number): number {
    this.#reserve(2);
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = 8 + MOVE_TO;
    let rest = ((x << 1) ^ (x >> 31)) >>> 0;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = rest | 0x80;
    bytes[at++] = rest;
    rest = ((y << 1) ^ (y >> 31)) >>> 0;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = rest | 0x80;
    bytes[at++] = rest;
    this.#end = at;
    return at;
  }

  /**
   * Some of many points by their positions in `order`, each the only one of a feature, whose ends go to `ends` from `first`
   * on: in one loop on local variables, as there are many.
   */
  pointsAlone(
    coords: Float64Array,
    units: TileUnits,
    order: Uint32Array,
    ends: Uint32Array,
    first: number,
  ): void {
    this.#reserve(2 * order.length + order.length);
    const bytes = this.#bytes;
    const { scale, left, top } = units;
    let at = this.#end;
    for (let i = 0; i < order.length; i++) {
      const point = 2 * order[i]!;
      // `Math.round` decides by the fraction which way to go, which no processor can foretell: half of the time it takes.
      const x = Math.floor(coords[point]! * scale - left + 0.5) | 0;
      const y = Math.floor(coords[point + 1]! * scale - top + 0.5) | 0;
      bytes[at++] = 8 + MOVE_TO;
      // Two bytes each, but for the few that are near the corner or outside of a large tile.
      let rest = (x << 1) ^ (x >> 31);
      if (rest >>> 7 !== 0) {
        for (; rest >>> 14 !== 0; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest | 0x80;
        rest >>>= 7;
      }
      bytes[at++] = rest;
      rest = (y << 1) ^ (y >> 31);
      if (rest >>> 7 !== 0) {
        for (; rest >>> 14 !== 0; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest | 0x80;
        rest >>>= 7;
      }
      bytes[at++] = rest;
      ends[first + i] = at;
    }
    this.#end = at;
  }

  /** One line of at least two positions. */
  line({ data, length }: Positions): void {
    this.#path(data, length);
  }

  /** One ring of at least three positions, the first not repeated at the end. */
  ring({ data, length }: Positions): void {
    this.#path(data, length);
    this.#varint(8 + CLOSE_PATH);
  }

  /**
   * One ring of `count` positions, of the world coordinates of the vertices from `start` up to `end`: rounded, without
   * repeats. In one pass, as most of a tile's time goes here.
   */
  roundedRing(coords: Float64Array, start: number, end: number, units: TileUnits, count: number): void {
    this.#reserve(2 * count);
    const bytes = this.#bytes;
    const { scale, left, top } = units;
    let at = this.#end;
    let x = this.#x;
    let y = this.#y;
    bytes[at++] = 8 + MOVE_TO;
    for (let i = 2 * start, written = 0; written < count && i < 2 * end; i += 2) {
      // Whole numbers of 32 bits from here on: a ring that is not clipped lies in the tile.
      const dx = ((Math.floor(coords[i]! * scale + 0.5) - left) | 0) - x;
      const dy = ((Math.floor(coords[i + 1]! * scale + 0.5) - top) | 0) - y;
      if (dx === 0 && dy === 0 && written > 0) continue;
      x += dx;
      y += dy;
      let rest = (dx << 1) ^ (dx >> 31);
      if (rest >>> 7 === 0) bytes[at++] = rest;
      else {
        for (; rest >>> 7 !== 0; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest;
      }
      rest = (dy << 1) ^ (dy >> 31);
      if (rest >>> 7 === 0) bytes[at++] = rest;
      else {
        for (; rest >>> 7 !== 0; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest;
      }
      if (++written > 1) continue;
      for (rest = (count - 1) * 8 + LINE_TO; rest > 0x7f; rest >>>= 7) bytes[at++] = rest | 0x80;
      bytes[at++] = rest;
    }
    bytes[at++] = 8 + CLOSE_PATH;
    this.#end = at;
    this.#x = x;
    this.#y = y;
  }

  /** All that was written, and perhaps more, until something else is. */
  get written(): Uint8Array {
    return this.#bytes;
  }

  /** A copy of all that was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  #path(data: Float64Array, length: number): void {
    this.#reserve(length);
    this.#varint(8 + MOVE_TO);
    this.#steps(data, 0, 2);
    this.#varint((length / 2 - 1) * 8 + LINE_TO);
    this.#steps(data, 2, length);
  }

  /** The steps to the positions from `start` up to `end`: a loop worth keeping on local variables. */
  #steps(data: Float64Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#end;
    let x = this.#x;
    let y = this.#y;
    for (let i = start; i < end; i += 2) {
      const dx = data[i]! - x;
      const dy = data[i + 1]! - y;
      x += dx;
      y += dy;
      let rest = (dx << 1) ^ (dx >> 31);
      if (rest >>> 7 === 0) bytes[at++] = rest;
      else {
        for (; rest >>> 7 !== 0; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest;
      }
      rest = (dy << 1) ^ (dy >> 31);
      if (rest >>> 7 === 0) bytes[at++] = rest;
      else {
        for (; rest >>> 7 !== 0; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest;
      }
    }
    this.#end = at;
    this.#x = x;
    this.#y = y;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#end++] = rest | 0x80;
    this.#bytes[this.#end++] = rest;
  }

  #reserve(length: number): void {
    const needed = this.#end + (length / 2) * MAX_POINT_BYTES + 16;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

/** Twice the signed area of a ring (shoelace); positive where the ring runs clockwise on screen (y down). */
export function doubleArea({ data, length }: Positions): number {
  let sum = 0;
  let x = data[length - 2]!;
  let y = data[length - 1]!;
  for (let i = 0; i < length; i += 2) {
    const nextX = data[i]!;
    const nextY = data[i + 1]!;
    sum += x * nextY - nextX * y;
    x = nextX;
    y = nextY;
  }
  return sum;
}

/**
 * The commands of one feature from positions in whole tile units. Rings are open (the first position
 * is not repeated); the first ring of each polygon must run clockwise on screen and its holes the
 * other way, and holes follow their polygon.
 */
export function encodeCommands(type: GeometryType, chains: readonly (readonly number[])[]): Uint8Array {
  const writer = new CommandWriter();
  if (type === GeometryType.point) {
    const positions = positionsOf(chains.flat());
    if (positions.length > 0) writer.points(positions);
    return writer.toBytes();
  }
  for (const chain of chains) {
    if (type === GeometryType.line) writer.line(positionsOf(chain));
    else writer.ring(positionsOf(chain));
  }
  return writer.toBytes();
}

/** Numbers x, y, x, y, … as positions. */
export function positionsOf(numbers: readonly number[]): Positions {
  return { data: Float64Array.from(numbers), length: numbers.length };
}

/** How much of the tile a feature takes: area in square units, length in units, or 0 for points. */
export function measureCommands(type: GeometryType, commands: Uint8Array): number {
  if (type === GeometryType.point) return 0;
  let size = 0;
  for (const chain of decodeCommands(commands)) {
    size += type === GeometryType.polygon ? doubleArea(positionsOf(chain)) / 2 : pathLength(chain);
  }
  return size;
}

/** The chains behind `commands` as x, y, x, y, …; every MoveTo starts one (points: one chain each). */
export function decodeCommands(commands: Uint8Array): number[][] {
  const chains: number[][] = [];
  let at = 0;
  let x = 0;
  let y = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = commands[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const step = (): number => {
    const value = varint();
    return (value >>> 1) ^ -(value & 1);
  };
  while (at < commands.length) {
    const header = varint();
    const command = header & 7;
    if (command === CLOSE_PATH) continue;
    for (let count = header >>> 3; count > 0; count--) {
      x += step();
      y += step();
      if (command === MOVE_TO) chains.push([x, y]);
      else chains.at(-1)!.push(x, y);
    }
  }
  return chains;
}

function pathLength(chain: readonly number[]): number {
  let length = 0;
  for (let i = 2; i < chain.length; i += 2) {
    length += Math.hypot(chain[i]! - chain[i - 2]!, chain[i + 1]! - chain[i - 1]!);
  }
  return length;
}
