import type { Position } from 'geojson';

/**
 * Polygons on a globe that is cut open along one meridian. Rings are taken as PostGIS has them, on the plane of
 * degrees, but for two habits of real data: an edge from 179 to −179 is 2° long, and a ring that
 * goes round the globe has a pole in it.
 */

/** An edge longer than this crosses the antimeridian, unless it runs along the pole or all the way round. */
export const LONGEST_EDGE = 270;
const ROUND = 360 - 1e-6;
/** Beyond this latitude an edge runs along the pole. */
const NEAR_POLE = 89;

/** A longitude as it is counted eastwards from the cut: in [cut, cut + 360). */
export function unwrap(longitude: number, cut: number): number {
  const turns = Math.floor((longitude - cut) / 360);
  return longitude - 360 * turns;
}

/** A ring with its longitudes counted on where it crosses the antimeridian; most are as they were. */
export function countedOn(ring: readonly Position[]): readonly Position[] {
  const turns = ring.map((position, i) => (i > 0 ? turnBetween(ring[i - 1]!, position) : 0));
  const net = turns.reduce((sum, turn) => sum + turn, 0);
  const crosses = turns.some((turn, i) => turn !== 0 && Math.abs(ring[i]![0]! - ring[i - 1]![0]!) < ROUND);
  // A ring with edges all the way round and back is as wide as the world.
  if (!crosses && net === 0) return ring;
  let turn = 0;
  const counted = ring.map(([x = 0, y = 0], i) => [x + (turn += turns[i]!), y]);
  if (net === 0) return counted;
  const pole = 90 * Math.sign(ring.reduce((sum, [, latitude = 0]) => sum + latitude, 0));
  const [first, last] = [counted[0]!, counted.at(-1)!];
  return [...counted, [last[0]!, pole], [first[0]!, pole], first];
}

/** Degrees to add to the longitudes after an edge. */
function turnBetween([x1 = 0, y1 = 0]: Position, [x2 = 0, y2 = 0]: Position): number {
  const isLong = Math.abs(x2 - x1) > LONGEST_EDGE && Math.max(Math.abs(y1), Math.abs(y2)) < NEAR_POLE;
  return isLong ? -360 * Math.sign(x2 - x1) : 0;
}

/** A polygon whose longitudes are counted eastwards from the cut: it starts before cut + 360, and may end after. */
export function unwrapPolygon(polygon: readonly (readonly Position[])[], cut: number): Position[][] {
  const [exterior, ...holes] = polygon.map(countedOn);
  if (!exterior || exterior.length === 0) return [];
  const [west, east] = spanOf(exterior);
  const start = unwrap(west, cut);
  return [
    moved(exterior, start - west),
    ...holes.map((hole) => {
      const [left, right] = spanOf(hole);
      const turns = Math.round((west + east - left - right) / 720);
      return moved(hole, 360 * turns + start - west);
    }),
  ];
}

/** The pieces of an unwrapped polygon in [cut, cut + 360]: what lies beyond comes in again at the other end. */
export function piecesOf(polygon: readonly (readonly Position[])[], cut: number): Position[][][] {
  const [exterior] = polygon;
  if (!exterior) return [];
  const [west, east] = spanOf(exterior);
  const end = cut + 360;
  if (west >= cut && east <= end) return [polygon.map((ring) => [...ring])];
  const pieces: Position[][][] = [];
  for (let turn = 0; east + turn > cut; turn -= 360) {
    const piece = polygon
      .map((ring) => clipped(clipped(moved(ring, turn), cut, 1), end, -1))
      .filter((ring) => ring.length >= 4);
    if (piece.length > 0) pieces.push(piece);
  }
  return pieces;
}

/** The part of a ring on one side of a meridian (Sutherland & Hodgman 1974): east of it with 1, west of it with −1. */
function clipped(ring: readonly Position[], meridian: number, side: 1 | -1): Position[] {
  const kept: Position[] = [];
  const isIn = ([x = 0]: Position): boolean => side * (x - meridian) >= 0;
  for (let i = 1; i < ring.length; i++) {
    const [from, to] = [ring[i - 1]!, ring[i]!];
    if (isIn(from) !== isIn(to)) kept.push(crossing(from, to, meridian));
    if (isIn(to)) kept.push(to);
  }
  if (kept.length > 0) kept.push(kept[0]!);
  return kept;
}

function crossing([x1 = 0, y1 = 0]: Position, [x2 = 0, y2 = 0]: Position, meridian: number): Position {
  return [meridian, y1 + ((y2 - y1) * (meridian - x1)) / (x2 - x1)];
}

export function spanOf(ring: readonly Position[]): [west: number, east: number] {
  let [west, east] = [Infinity, -Infinity];
  for (const [x = 0] of ring) {
    west = Math.min(west, x);
    east = Math.max(east, x);
  }
  return [west, east];
}

function moved(ring: readonly Position[], degrees: number): Position[] {
  return ring.map((position) => (degrees === 0 ? position : [position[0]! + degrees, position[1]!]));
}
