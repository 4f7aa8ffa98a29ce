import type { TileCoord } from '../../../server/engine/types.ts';
import type { Dataset } from './data.ts';
import { distinctTiles, panningWalk, seededRandom } from './walk.ts';

/** What browsers ask for. */
export const BROWSER = 'gzip, deflate, br';

export interface Scenario {
  name: string;
  tiles: readonly TileCoord[];
  /** Connections; all that the options name where absent. */
  connections?: readonly number[];
  encoding?: string;
}

const TILES = 400;
const USUAL = [8];
const CACHED = [8, 32];

/** In an order that has nothing to do with size: of low zooms there are few tiles, which were all found early. */
function shuffledTiles(zooms: readonly number[], seed: number): TileCoord[] {
  const random = seededRandom(seed);
  const order = seededRandom(seed + 100);
  return distinctTiles(TILES, zooms, random)
    .map((tile) => [order(), tile] as const)
    .sort(([a], [b]) => a - b)
    .map(([, tile]) => tile);
}

/** Tiles that are compared before anything is measured, over all zooms. */
export function sampleOf({ zooms }: Dataset): TileCoord[] {
  return distinctTiles(40, zooms, seededRandom(9));
}

/** Asked once each of a process that has answered nothing but its first tile. */
export function firstTiles({ zooms }: Dataset): TileCoord[] {
  return shuffledTiles(zooms, 5);
}

/** What a server is asked for so that its code is compiled: tiles that no measurement names, of the same kind. */
export function warmUp({ zooms }: Dataset): TileCoord[] {
  return shuffledTiles(zooms, 6);
}

/** Nothing that a server has made is kept by it. */
export function uncached({ zooms }: Dataset): Scenario[] {
  const walk = panningWalk(TILES * 2, zooms, seededRandom(4));
  return [
    { name: 'cold', tiles: shuffledTiles(zooms, 1) },
    { name: 'panning user', tiles: walk },
    { name: 'panning browser', tiles: walk, connections: USUAL, encoding: BROWSER },
  ];
}

/** Every tile has been made, and is kept. */
export function cached({ zooms }: Dataset): Scenario[] {
  const tiles = shuffledTiles(zooms, 1);
  return [
    { name: 'cached', tiles, connections: CACHED },
    { name: 'cached, browser', tiles, connections: CACHED, encoding: BROWSER },
  ];
}

/** Ours with its cache: most tiles are asked for again and again, one in ten is another. */
export function changing({ zooms }: Dataset): Scenario {
  const cold = shuffledTiles(zooms, 1);
  const others = distinctTiles(TILES * 4, zooms, seededRandom(2));
  const random = seededRandom(3);
  const tiles = Array.from({ length: TILES * 4 }, (_, i) => {
    const from = random() < 0.1 ? others : cold;
    return from[i % from.length] as TileCoord;
  });
  return { name: 'while data changes', tiles, connections: USUAL };
}
