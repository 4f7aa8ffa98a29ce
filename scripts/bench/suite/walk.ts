import { tileAt } from '../../../server/engine/grid.ts';
import type { TileCoord } from '../../../server/engine/types.ts';

/** The same numbers in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
}

/** Different tiles over the conterminous United States, at random zooms of a list. */
export function distinctTiles(count: number, zooms: readonly number[], random: () => number): TileCoord[] {
  const tiles = new Map<string, TileCoord>();
  for (let attempt = 0; tiles.size < count && attempt < count * 20; attempt++) {
    const z = zooms[Math.floor(random() * zooms.length)] ?? 0;
    const coord = tileAt(-124 + random() * 57, 25 + random() * 24, z);
    tiles.set(key(coord), coord);
  }
  return [...tiles.values()];
}

/**
 * What a browser asks for while somebody looks around: a window of 4 × 3 tiles that is moved by a tile
 * or zoomed by one, step by step; tiles that the browser still has are not asked for again.
 */
export function panningWalk(count: number, zooms: readonly number[], random: () => number): TileCoord[] {
  const asked: TileCoord[] = [];
  const held = new Set<string>();
  let center = tileAt(-95, 39, zooms[0] ?? 4);
  while (asked.length < count) {
    for (const tile of viewport(center)) {
      if (held.has(key(tile))) continue;
      held.add(key(tile));
      asked.push(tile);
    }
    center = step(center, zooms, random);
    if (held.size > 500) held.clear(); // a browser forgets, too
  }
  return asked.slice(0, count);
}

function viewport({ z, x, y }: TileCoord): TileCoord[] {
  const side = 2 ** z;
  const tiles: TileCoord[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -2; dx <= 1; dx++) {
      const coord = { z, x: x + dx, y: y + dy };
      if (coord.x >= 0 && coord.x < side && coord.y >= 0 && coord.y < side) tiles.push(coord);
    }
  }
  return tiles;
}

function step({ z, x, y }: TileCoord, zooms: readonly number[], random: () => number): TileCoord {
  const [lowest = 0, highest = 0] = [zooms[0], zooms.at(-1)];
  const choice = random();
  if (choice < 0.25 && z < highest)
    return { z: z + 1, x: x * 2 + Math.round(random()), y: y * 2 + Math.round(random()) };
  if (choice < 0.4 && z > lowest) return { z: z - 1, x: x >> 1, y: y >> 1 };
  const moved = { z, x: x + Math.round(random() * 2 - 1), y: y + Math.round(random() * 2 - 1) };
  // Who leaves the country comes back.
  const [west, north] = [tileAt(-124, 49, z), tileAt(-67, 25, z)];
  const inside = moved.x >= west.x && moved.x <= north.x && moved.y >= west.y && moved.y <= north.y;
  return inside ? moved : tileAt(-95, 39, z);
}

function key({ z, x, y }: TileCoord): string {
  return `${z}/${x}/${y}`;
}
