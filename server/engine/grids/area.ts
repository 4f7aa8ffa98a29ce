import { LAST_LATITUDE, latitudeOf, longitudeOf } from '../grid.ts';
import type { Topology } from '../topology/topology.ts';
import type { Bounds } from '../types.ts';

/** Degrees that an edge is long at most before it is projected: what is straight in degrees is curved elsewhere. */
const LONGEST_EDGE = 0.1;

export type Place = readonly [longitude: number, latitude: number];

/** The vertices of an arc in degrees, so many degrees further east. */
export function placesOf({ coords, arcStart }: Topology, arc: number, east: number): Place[] {
  const places: Place[] = [];
  for (let i = 2 * arcStart[arc]!; i < 2 * arcStart[arc + 1]!; i += 2) {
    places.push([longitudeOf(coords[i]!) + east, poleOr(latitudeOf(coords[i + 1]!))]);
  }
  return places;
}

/** The engine's latitudes end short of the poles, and what ends there reaches them. */
export function poleOr(latitude: number): number {
  return Math.abs(latitude) < LAST_LATITUDE - 1e-9 ? latitude : 90 * Math.sign(latitude);
}

/**
 * A line drawn in an area alone: where it crosses a side it gets a vertex, and what is outside is pressed flat onto the sides.
 * So nothing within is moved, a border stays the same for both who share it, and what a ring encloses outside has no area left.
 */
export function pressedInto(area: Bounds, line: readonly Place[]): Place[] {
  if (line.every((place) => beyond(area, place) === 0)) return [...line];
  const pressed: Place[] = [];
  let before: Place | undefined;
  const last = line.length - 1;
  const add = (place: Place, isEnd: boolean): void => {
    const kept = clamp(area, place);
    const [b, a] = [pressed.at(-1), pressed.at(-2)];
    // Of positions along one side those between add nothing, but ends are where others meet.
    if (!isEnd && a && b && pressed.length > 2 && alongSide(area, a, b, kept)) pressed.pop();
    pressed.push(kept);
  };
  line.forEach((place, i) => {
    for (const crossing of before ? crossings(area, before, place) : []) add(crossing, false);
    add(place, i === last);
    before = place;
  });
  return pressed;
}

/** Bits for the sides that a place is beyond. */
function beyond([west, south, east, north]: Bounds, [x, y]: Place): number {
  return (x < west ? 1 : 0) | (y < south ? 2 : 0) | (x > east ? 4 : 0) | (y > north ? 8 : 0);
}

function clamp([west, south, east, north]: Bounds, [x, y]: Place): Place {
  return [Math.max(west, Math.min(east, x)), Math.max(south, Math.min(north, y))];
}

function alongSide([west, south, east, north]: Bounds, a: Place, b: Place, c: Place): boolean {
  const all = (axis: 0 | 1, side: number): boolean => [a, b, c].every((place) => place[axis] === side);
  return all(0, west) || all(0, east) || all(1, south) || all(1, north);
}

/** What of a pressed line is in the area: outside it has no inside that could be filled, and is not drawn. */
export function withoutSides(area: Bounds, pressed: readonly Place[]): Place[][] {
  const pieces: Place[][] = [];
  let isOpen = false;
  pressed.slice(1).forEach((place, i) => {
    const before = pressed[i]!;
    if (alongSide(area, before, place, place)) {
      isOpen = false;
      return;
    }
    if (!isOpen) pieces.push([before]);
    isOpen = true;
    pieces.at(-1)!.push(place);
  });
  return pieces;
}

/** Where an edge crosses the lines that the sides are on, in the order in which it does: exactly there, whatever rounding says. */
function crossings([west, south, east, north]: Bounds, [ax, ay]: Place, [bx, by]: Place): Place[] {
  const at = (from: number, to: number, side: number, place: (share: number) => Place) => {
    const share = (side - from) / (to - from);
    return share > 0 && share < 1 ? [{ share, place: place(share) }] : [];
  };
  const onMeridian = (side: number) => at(ax, bx, side, (share) => [side, ay + share * (by - ay)]);
  const onParallel = (side: number) => at(ay, by, side, (share) => [ax + share * (bx - ax), side]);
  return [...onMeridian(west), ...onMeridian(east), ...onParallel(south), ...onParallel(north)]
    .sort((a, b) => a.share - b.share)
    .map(({ place }) => place);
}

/** The line with no edge longer than can be taken as straight in any system. */
export function withoutLongEdges(line: readonly Place[]): Place[] {
  const dense: Place[] = [];
  for (const place of line) {
    const before = dense.at(-1);
    if (before) {
      const [dx, dy] = [place[0] - before[0], place[1] - before[1]];
      const pieces = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / LONGEST_EDGE);
      for (let i = 1; i < pieces; i++)
        dense.push([before[0] + (dx * i) / pieces, before[1] + (dy * i) / pieces]);
    }
    dense.push(place);
  }
  return dense;
}
