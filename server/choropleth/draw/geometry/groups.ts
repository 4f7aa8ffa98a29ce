import type { PartBox } from './longitudes.ts';

/** Degrees per side of the cells that regions are grouped by. */
const CELL = 2;
/** Cells between neighbours in one group: some 4° of sea part a group from the next. */
const REACH = 2;

export interface Group {
  readonly parts: readonly PartBox[];
  /** Of the boxes, on the unit sphere. */
  readonly area: number;
  /** Whether a place in one of all the boxes (unwrapped degrees) belongs to this group. */
  has(longitude: number, latitude: number): boolean;
}

/** Polygons (unwrapped) by where they lie, as a mainland and its far islands; the largest group first. */
export function groupsOf(parts: readonly PartBox[]): Group[] {
  const cells = connectedCells(parts);
  const groupAt = (longitude: number, latitude: number): number | undefined =>
    cells.get(keyOf(cellOf(longitude), cellOf(latitude)));
  const members = new Map<number | undefined, PartBox[]>();
  for (const part of parts) {
    const id = groupAt(part.west, part.south);
    const own = members.get(id);
    if (own) own.push(part);
    else members.set(id, [part]);
  }
  return [...members]
    .map(([id, own]) => ({
      parts: own,
      area: own.reduce((sum, part) => sum + areaOf(part), 0),
      has: (longitude: number, latitude: number) => groupAt(longitude, latitude) === id,
    }))
    .sort((a, b) => b.area - a.area);
}

/** On the unit sphere. */
export function areaOf({ west, south, east, north }: PartBox): number {
  const radians = Math.PI / 180;
  return (east - west) * radians * (Math.sin(north * radians) - Math.sin(south * radians));
}

/** The group number of every cell that a box lies in: cells within reach of each other are one group. */
function connectedCells(parts: readonly PartBox[]): Map<string, number> {
  const cells = new Map<string, { x: number; y: number }>();
  for (const { west, south, east, north } of parts) {
    for (let x = cellOf(west); x <= cellOf(east); x++) {
      for (let y = cellOf(south); y <= cellOf(north); y++) cells.set(keyOf(x, y), { x, y });
    }
  }
  const groups = new Map<string, number>();
  let group = 0;
  for (const [start, cell] of cells) {
    if (groups.has(start)) continue;
    groups.set(start, group);
    const open = [cell];
    for (let next = open.pop(); next; next = open.pop()) {
      for (let x = next.x - REACH; x <= next.x + REACH; x++) {
        for (let y = next.y - REACH; y <= next.y + REACH; y++) {
          const key = keyOf(x, y);
          const found = cells.get(key);
          if (!found || groups.has(key)) continue;
          groups.set(key, group);
          open.push(found);
        }
      }
    }
    group++;
  }
  return groups;
}

function cellOf(degrees: number): number {
  return Math.floor(degrees / CELL);
}

function keyOf(x: number, y: number): string {
  return `${x} ${y}`;
}
