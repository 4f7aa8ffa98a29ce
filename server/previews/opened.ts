import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import GeoJSONVT from 'geojson-vt';
import { LRUCache } from 'lru-cache';
import type { Caps } from '../engine/encoding/caps.ts';
import { encodeLayer } from '../engine/encoding/mvt.ts';
import { fromVt } from '../engine/encoding/vt-tile.ts';
import { DEFAULT_BUFFER, DEFAULT_EXTENT } from '../engine/grid.ts';
import type { EncodedLayer, TileCoord } from '../engine/types.ts';
import { AppError } from '../errors.ts';
import { MAX_ZOOM } from '../http/answers/tile.ts';
import { readCollection, type PreviewFeature } from './check.ts';
import { factsOf, type Facts } from './fields.ts';

/** What the layer of a preview's tiles is called. */
export const LAYER = 'preview';

/** What is done in the thread: nothing that takes long is done anywhere else. */
export type PreviewJob =
  | { readonly kind: 'check'; readonly given: string; readonly kept: string }
  | { readonly kind: 'tile'; readonly file: string; readonly coord: TileCoord; readonly caps: Caps }
  | { readonly kind: 'values'; readonly file: string; readonly column: string };

export interface Checked {
  readonly facts: Facts;
  readonly bytes: number;
}

interface Opened {
  readonly rows: readonly PreviewFeature['properties'][];
  readonly index: GeoJSONVT & { readonly total?: number };
}

/** Bytes of files whose features are held: in memory they take about ten times as much. */
const HELD_BYTES = 64 * 1024 * 1024;
/** geojson-vt keeps every tile that it has cut: at so many it is made anew. */
const MOST_TILES = 20_000;
const PIECE = 1 << 20;

const opened = new LRUCache<string, Opened>({ maxSize: HELD_BYTES });

/** Checks a text of GeoJSON, and keeps it with a feature on each line. @throws AppError `malformed_body` */
export function check({ given, kept }: { readonly given: string; readonly kept: string }): Checked {
  const features = readCollection(readFileSync(given, 'utf8'));
  const facts = factsOf(features);
  let piece = '';
  const file = openSync(kept, 'wx', 0o600);
  const flush = (): void => {
    writeFileSync(file, piece);
    piece = '';
  };
  try {
    for (const each of features) {
      piece += `${JSON.stringify(each)}\n`;
      if (piece.length > PIECE) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
  return { facts, bytes: statSync(kept).size };
}

/** A tile; empty bytes where nothing lies in it. */
export function tile(file: string, { z, x, y }: TileCoord, caps: Caps): EncodedLayer {
  const { index } = open(file);
  const features = index.getTile(z, x, y)?.features ?? [];
  if ((index.total ?? 0) > MOST_TILES) opened.delete(file);
  const encoded = features.map(fromVt).filter(({ commands }) => commands.length > 0);
  return encodeLayer({ name: LAYER, features: encoded, ...caps });
}

/** Numbers of a property, one for each feature; NaN where it has none. */
export function values(file: string, column: string): Float64Array {
  return Float64Array.from(open(file).rows, (row) => {
    const value = Object.hasOwn(row, column) ? row[column] : undefined;
    return typeof value === 'number' ? value : NaN;
  });
}

function open(file: string): Opened {
  const known = opened.get(file);
  if (known) return known;
  const features = readLines(file);
  const index = new GeoJSONVT(
    { type: 'FeatureCollection', features: features as GeoJSON.Feature[] },
    { maxZoom: MAX_ZOOM, extent: DEFAULT_EXTENT, buffer: DEFAULT_BUFFER, tolerance: 1, generateId: true },
  );
  const made = { rows: features.map(({ properties }) => properties), index };
  opened.set(file, made, { size: Math.min(HELD_BYTES, Math.max(1, statSync(file).size)) });
  return made;
}

function readLines(file: string): PreviewFeature[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new AppError('preview_not_found', { detail: 'it was held for an hour, and is gone' });
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PreviewFeature);
}
