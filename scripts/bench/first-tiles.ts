import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/connections/open.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { tileAt } from '../../server/engine/grid.ts';
import type { LayerHead } from '../../server/engine/snapshots/layer-file.ts';
import { headOf } from '../../server/engine/snapshots/pack.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { ms, table } from './report.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { createDatasets } from './suite/data.ts';

/** The zoom of the first tiles: neither the lowest, which clients ask first, nor one with next to nothing in a tile. */
const ZOOM = 6;
/** A layer that was read is written within this time; what takes long to make is written after that. */
const QUIET_MS = 12_000;
const PATIENCE_MS = 240_000;

const WAYS = {
  'as asked': { CHOROGRAPH_START_LOADING_MS: '0', CHOROGRAPH_SNAPSHOTS_MB: '0' },
  'loaded before': { CHOROGRAPH_SNAPSHOTS_MB: '0' },
  'and from disk': {},
} as const;

interface Start {
  readonly readyMs: number;
  /** By layer: time of its first tile, and its bytes. */
  readonly tiles: ReadonlyMap<string, { readonly ms: number; readonly bytes: number }>;
}

/** The first tile of every layer after a restart over PostgreSQL: the demo, 30,000 points and some 34,000 polygons. */
export async function benchFirstTiles(databaseUrl: string): Promise<void> {
  const releasers = new Releasers();
  const config = readConfig({ DATABASE_URL: databaseUrl });
  const { database } = await openDatabase(config, pino({ level: 'silent' }), releasers, () => {});
  await seedDemo(database);
  await releasers.run();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await createDatasets(client, { points: 30_000, villages: 13_500 });
  await client.end();
  await compareStarts('PostgreSQL', { DATABASE_URL: databaseUrl });
}

/** The same of the embedded database with the demo. */
export const benchEmbeddedFirstTiles = (): Promise<void> => compareStarts('embedded database', {});

async function compareStarts(title: string, database: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  try {
    const starts: [string, Start][] = [];
    const environment = { ...database, CHOROGRAPH_DATA_DIR: folder, CHOROGRAPH_DEMO: 'true' };
    const places = await fill({ ...environment, ...WAYS['and from disk'] }, join(folder, 'cache'));
    for (const [way, settings] of Object.entries(WAYS))
      starts.push([way, await start({ ...environment, ...settings }, places)]);
    const row = (name: string, of: (one: Start) => number): string[] => [
      name,
      ...starts.map(([, one]) => ms(of(one))),
    ];
    table(`Restart, ${title}: until it is ready, and the first tile (z${ZOOM}) of each layer after that`, [
      ['', ...starts.map(([way]) => way)],
      row('ready', ({ readyMs }) => readyMs),
      ...[...places.keys()].map((layer) => row(layer, ({ tiles }) => tiles.get(layer)?.ms ?? NaN)),
      row('slowest first tile', ({ tiles }) => Math.max(...[...tiles.values()].map((tile) => tile.ms))),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A first run: asks every layer for a few tiles, and waits until what it keeps is on disk. Gives a tile of each that has something. */
async function fill(environment: Record<string, string>, cache: string): Promise<Map<string, string>> {
  const server = await startServerProcess(environment);
  try {
    const places = new Map<string, string>();
    for (const layer of await layersOf(server)) {
      const path = await tileOf(server, layer);
      if (path === undefined) continue;
      places.set(layer, path);
      // What PostGIS makes until the layer is there does not count.
      for (let i = 0; i < 4; i++) await (await fetch(server.url + path)).arrayBuffer().then(() => sleep(100));
    }
    await whole(cache);
    return places;
  } finally {
    await server.stop();
  }
}

async function start(
  environment: Record<string, string>,
  places: ReadonlyMap<string, string>,
): Promise<Start> {
  const began = performance.now();
  const server = await startServerProcess(environment);
  const readyMs = performance.now() - began;
  const tiles = new Map<string, { ms: number; bytes: number }>();
  try {
    for (const [layer, path] of places) {
      const asked = performance.now();
      const answer = await fetch(server.url + path);
      const { byteLength: bytes } = await answer.arrayBuffer();
      tiles.set(layer, { ms: performance.now() - asked, bytes });
    }
    return { readyMs, tiles };
  } finally {
    await server.stop();
  }
}

async function layersOf({ url }: ServerProcess): Promise<string[]> {
  const { layers } = (await (await fetch(`${url}/tiles`)).json()) as {
    layers: { id: string; type: string; problem?: unknown }[];
  };
  return layers.filter(({ type, problem }) => type === 'table' && !problem).map(({ id }) => id);
}

/** A tile where the layer has something. */
async function tileOf({ url }: ServerProcess, layer: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/features/${layer}?limit=1`);
  const { features } = (await answer.json()) as { features?: { geometry: { coordinates: unknown } }[] };
  const [first] = features ?? [];
  if (!first) return undefined;
  const [longitude = 0, latitude = 0] = [first.geometry.coordinates].flat(4) as number[];
  const { z, x, y } = tileAt(longitude, latitude, ZOOM);
  return `/tiles/${layer}/${z}/${x}/${y}.mvt`;
}

/** Waits until every file is there for good: with its zooms where the layer has lines or polygons. */
async function whole(folder: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  await sleep(QUIET_MS);
  while (Date.now() < until) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.layer'));
    const heads = await Promise.all(
      names.map(async (name) => headOf<LayerHead>(await bytesOf(join(folder, name)))),
    );
    if (heads.every((found) => found && (found.head.zooms.length > 0 || !hasShapes(found.places)))) return;
    await sleep(1_000);
  }
}

const hasShapes = (places: readonly { name: string; length: number }[]): boolean =>
  places.some(({ name, length }) => name === 't.shapeType' && length > 0);

const bytesOf = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(path)).slice();
