import { tileAt } from '../../engine/grid.ts';
import type { Bounds, TileCoord } from '../../engine/types.ts';

export interface WarmOptions {
  /** Paths of the TileJSON documents. */
  documents: readonly string[];
  zooms: readonly [from: number, to: number];
  /** West, south, east, north in degrees. */
  bbox: Bounds | undefined;
  /** URL of the server, without a slash at its end. */
  base: string;
  concurrency: number;
}

/** In the easternmost tile of every zoom. */
const LAST_LONGITUDE = 180 - 1e-9;

interface TileJson {
  tiles: string[];
  bounds: Bounds;
  minzoom: number;
  maxzoom: number;
}

/** What browsers send: the compressed copy that they will get is made too. */
const HEADERS = { 'accept-encoding': 'gzip, deflate, br' };

/** What became of the tiles of one document. */
export interface Warmed {
  readonly document: string;
  readonly tiles: number;
  readonly failed: number;
  readonly bytes: number;
  readonly ms: number;
  /** The same in words. */
  readonly text: string;
}

/**
 * Requests the tiles of each document and tells the progress.
 * @throws Error where a document cannot be read.
 */
export async function warm(
  { documents, zooms, bbox, base, concurrency }: WarmOptions,
  tell: (text: string) => void,
): Promise<Warmed[]> {
  const all: Warmed[] = [];
  for (const path of documents) {
    const { tiles, bounds, minzoom, maxzoom } = await readTileJson(base + path);
    const box = bbox ? intersection(bbox, bounds) : bounds;
    const range: [number, number] = [Math.max(zooms[0], minzoom), Math.min(zooms[1], maxzoom)];
    const total = countTiles(box, range);
    const began = performance.now();
    let [done, failed, bytes] = [0, 0, 0];
    const soFar = (): string => {
      const rate = done / Math.max((performance.now() - began) / 1000, 0.001);
      return `${path}: ${done} of ${total} tiles, ${failed} failed, ${(bytes / 1e6).toFixed(1)} MB, ${rate.toFixed(0)}/s`;
    };
    const waiting = coveringTiles(box, range);
    const worker = async (): Promise<void> => {
      for (const coord of waiting) {
        const size = await requestTile(base + tilePath(tiles[0] ?? '', coord));
        done++;
        if (size === undefined) failed++;
        else bytes += size;
        tell(soFar());
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    const ms = Math.round(performance.now() - began);
    all.push({ document: path, tiles: done, failed, bytes, ms, text: soFar() });
  }
  return all;
}

async function readTileJson(url: string): Promise<TileJson> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.json()) as TileJson;
}

/** Path and query of a tile: whatever host the document names, the server asked is the one to be warmed. */
function tilePath(template: string, { z, x, y }: TileCoord): string {
  const path = template.replace(/^https?:\/\/[^/]+/, '');
  return path.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
}

/** Bytes of the answer; undefined where there is none. */
async function requestTile(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { headers: HEADERS });
    const { byteLength } = await answer.arrayBuffer();
    return answer.ok ? byteLength : undefined;
  } catch {
    return undefined;
  }
}

/** The tiles that touch a box, lowest zoom first. @internal */
export function* coveringTiles(
  box: Bounds | undefined,
  [from, to]: readonly [number, number],
): Generator<TileCoord> {
  for (let z = from; box && z <= to; z++) {
    const [min, max] = corners(box, z);
    for (let x = min.x; x <= max.x; x++) for (let y = min.y; y <= max.y; y++) yield { z, x, y };
  }
}

/** How many tiles `coveringTiles` gives. @internal */
export function countTiles(box: Bounds | undefined, [from, to]: readonly [number, number]): number {
  let count = 0;
  for (let z = from; box && z <= to; z++) {
    const [min, max] = corners(box, z);
    count += (max.x - min.x + 1) * (max.y - min.y + 1);
  }
  return count;
}

function corners([west, south, east, north]: Bounds, z: number): [TileCoord, TileCoord] {
  // The 180th meridian is the western edge of the world, too.
  return [tileAt(Math.min(west, LAST_LONGITUDE), north, z), tileAt(Math.min(east, LAST_LONGITUDE), south, z)];
}

function intersection(one: Bounds, other: Bounds): Bounds | undefined {
  const box: Bounds = [
    Math.max(one[0], other[0]),
    Math.max(one[1], other[1]),
    Math.min(one[2], other[2]),
    Math.min(one[3], other[3]),
  ];
  return box[0] <= box[2] && box[1] <= box[3] ? box : undefined;
}
