import { statement, type Sql } from '../../db/sql.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES, tileBounds, tileEnvelope } from '../grid.ts';
import type { TileCoord } from '../types.ts';

/** Stands in a statement for a number of a tile, so that one statement can be written for all tiles. */
class Slot {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
}

type Side = number | Slot;
export type Box = readonly [west: Side, south: Side, east: Side, north: Side];

/** Pieces that a side of a tile's outline is cut into. */
const OUTLINE_STEPS = 16;
const WORLD_DEGREES = 360;
const WORLD_METRES = 2 * HALF_WORLD_METRES;
/** Data may count longitudes from 0 to 360, so what lies in a tile may be a world away. */
const TURNS = [0, 1, -1];

/** All that tells the statement of a tile from that of its neighbours, to be filled in by `placed`. */
export const PLACE = {
  /** Metres of web mercator. */
  tile: slots(0),
  /** The same with its buffer, see `marginOf`. */
  around: slots(4),
  /** Metres. */
  outlineStep: new Slot(8),
  /** With the buffer, and its copies a world away. */
  inDegrees: TURNS.map((_, i) => slots(9 + 4 * i)),
  inMetres: TURNS.map((_, i) => slots(21 + 4 * i)),
} as const;

function slots(at: number): Box {
  return [new Slot(at), new Slot(at + 1), new Slot(at + 2), new Slot(at + 3)];
}

/** A unit more than the buffer, in tile widths: what is rounded into the buffer belongs to it. */
export function marginOf(buffer: number): number {
  return (buffer + 1) / DEFAULT_EXTENT;
}

/** The numbers of a tile, each where its slot says. */
function numbersOf(coord: TileCoord, buffer: number): number[] {
  const margin = marginOf(buffer);
  const tile = tileEnvelope(coord);
  const around = tileEnvelope(coord, margin);
  const [west, south, east, north] = tileBounds(coord, margin);
  const [w, s, e, n] = around;
  return [
    ...tile,
    ...around,
    (tile[2] - tile[0]) / OUTLINE_STEPS,
    ...TURNS.flatMap((turn) => [west + turn * WORLD_DEGREES, south, east + turn * WORLD_DEGREES, north]),
    ...TURNS.flatMap((turn) => [w + turn * WORLD_METRES, s, e + turn * WORLD_METRES, n]),
  ];
}

/** Values of a statement that was written for any tile, for this one. */
export function placedValues(values: readonly unknown[], coord: TileCoord, buffer: number): unknown[] {
  const numbers = numbersOf(coord, buffer);
  return values.map((value) => (value instanceof Slot ? numbers[value.at] : value));
}

/** A statement that was written for any tile, for this one. */
export function placed({ text, values }: Sql, coord: TileCoord, buffer: number): Sql {
  return statement(text, placedValues(values, coord, buffer));
}
