import pg from 'pg';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { AREA, makeCoverage } from './coverage.ts';
import { ms, percentile, table } from './report.ts';
import { startServerProcess } from './server-process.ts';
import { seededRandom } from './suite/walk.ts';

const TABLE = 'bench_parcels';
const ZOOMS = Array.from({ length: 15 }, (_, z) => z);
/** Tiles of each zoom, where there are so many. */
const TILES = 40;
/** Without copies a tile of a low zoom takes seconds: fewer of them tell as much. */
const FEW = 4;
const WARM_UP = 10;
/** Zooms at which it does. */
const SLOW_BELOW = 7;
/** Rows that are changed at once. */
const CHANGED = 100;
const PATIENCE_MS = 1_800_000;

/** Plain `ST_AsMVT`, as its manual shows it. */
const BASELINE = `select st_asmvt(tile, '${TABLE}', 4096, 'geom', 'id') as mvt from (
  select st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1, $2, $3), 4096, 64, true) as geom, id, name, kind, value
  from ${TABLE} where geom && st_transform(st_tileenvelope($1, $2, $3, margin => 64.0 / 4096), 4326)) tile
  where geom is not null`;

type Ask = (coord: TileCoord) => Promise<number>;

/** `npm run bench -- copies`: polygons that were just created, before and after their copies are made, beside plain `ST_AsMVT`. */
export async function benchCopies(url: string, wanted = 100_000): Promise<void> {
  const started = performance.now();
  const rows = await makeCoverage(url, TABLE, wanted);
  console.log(`\n${rows} polygons made in ${seconds(started)}`);
  const client = new pg.Client(url);
  await client.connect();
  await client.query('set jit = off');
  try {
    const plain = await measure(async ({ z, x, y }) => {
      const { rows: made } = await client.query<{ mvt: Buffer }>(BASELINE, [z, x, y]);
      return made[0]?.mvt.length ?? 0;
    }, 'few');
    const before = await overHttp(url, { CHOROGRAPH_AUTO_MB: '0' }, (ask) => measure(ask, 'few'));
    await overHttp(url, {}, async (ask) => {
      const begun = performance.now();
      const middle = await measureOne(ask, tileAt(110, -5, 6));
      await untilBuilt(client);
      console.log(
        `a tile of zoom 6 asked for while copies are made: ${ms(middle.ms)}; all are there after ${seconds(begun)}`,
      );
      const after = await measure(ask, 'many');
      await printDisk(client);
      print(plain, before, after);
      await reportChange(client);
      return after;
    });
  } finally {
    await client.end();
  }
}

interface Measured {
  readonly ms: number;
  readonly bytes: number;
}

type ByZoom = ReadonlyMap<number, readonly Measured[]>;

async function measure(ask: Ask, howMany: 'few' | 'many'): Promise<ByZoom> {
  const measured = new Map<number, Measured[]>();
  // Processes and connections that have answered nothing yet.
  for (let i = 0; i < WARM_UP; i++) await ask(tileAt(110, -5, SLOW_BELOW));
  for (const z of ZOOMS) {
    const count = howMany === 'few' && z < SLOW_BELOW ? FEW : TILES;
    const tiles = tilesOf(z, count);
    const all: Measured[] = [];
    for (const tile of tiles) all.push(await measureOne(ask, tile));
    measured.set(z, all);
  }
  return measured;
}

/** The faster of two: what else the machine does, and the first query of a connection, are not measured. */
async function measureOne(ask: Ask, coord: TileCoord): Promise<Measured> {
  const [one, two] = [await askOnce(ask, coord), await askOnce(ask, coord)];
  return one.ms < two.ms ? one : two;
}

async function askOnce(ask: Ask, coord: TileCoord): Promise<Measured> {
  const started = performance.now();
  const bytes = await ask(coord);
  return { ms: performance.now() - started, bytes };
}

/** Different tiles of a zoom in which there are polygons. */
function tilesOf(z: number, count: number): TileCoord[] {
  const random = seededRandom(z + 1);
  const tiles = new Map<string, TileCoord>();
  for (let tries = 0; tries < 20 * count && tiles.size < count; tries++) {
    const longitude = AREA.west + random() * (AREA.east - AREA.west);
    const latitude = AREA.south + random() * (AREA.north - AREA.south);
    const tile = tileAt(longitude, latitude, z);
    tiles.set(`${tile.x} ${tile.y}`, tile);
  }
  return [...tiles.values()];
}

async function overHttp(
  databaseUrl: string,
  environment: Record<string, string>,
  work: (ask: Ask) => Promise<ByZoom>,
): Promise<ByZoom> {
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    CHOROGRAPH_TILE_CACHE_MB: '0',
    CHOROGRAPH_TILE_MAX_FEATURES: '1000000',
    CHOROGRAPH_TILE_MAX_KB: '100000',
    ...environment,
  });
  try {
    return await work(async ({ z, x, y }) => {
      const response = await fetch(`${server.url}/tiles/${TABLE}/${z}/${x}/${y}.mvt`, {
        headers: { 'accept-encoding': 'identity' },
      });
      if (!response.ok) throw new Error(`tile ${z}/${x}/${y}: ${response.status}`);
      return (await response.arrayBuffer()).byteLength;
    });
  } finally {
    await server.stop();
  }
}

/** Until a change of a few rows shows in copies: all of them are made again. */
async function reportChange(client: pg.Client): Promise<void> {
  const started = performance.now();
  await client.query(`update ${TABLE} set value = value + 1 where id <= ${CHANGED}`);
  await untilBuilt(client, 1);
  console.log(`${CHANGED} rows changed: copies of them are there after ${seconds(started)}, all made anew`);
}

/** Waits for a later build than one. */
async function untilBuilt(client: pg.Client, than = 0): Promise<void> {
  const started = performance.now();
  while (performance.now() - started < PATIENCE_MS) {
    const { rowCount } = await client.query(
      `select from chorograph.overview where relation = $1 and build > $2`,
      [`public.${TABLE}`, than],
    );
    if (rowCount) return new Promise((resolve) => setTimeout(resolve, 2_000)); // the server hears of it
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('no copies were made');
}

async function printDisk(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; mb: string }>(
    `select relname as name, (pg_total_relation_size(c.oid) / 1e6)::numeric(10, 1) as mb from pg_class c
      where relnamespace = 'chorograph'::regnamespace and relkind = 'r' and relname ~ '^overview_\\d'
      union all select '${TABLE}', (pg_total_relation_size('${TABLE}') / 1e6)::numeric(10, 1) order by 1`,
  );
  table('Disk', [['table', 'MB'], ...rows.map(({ name, mb }) => [name, mb])]);
}

function print(plain: ByZoom, before: ByZoom, after: ByZoom): void {
  const cells = (all: readonly Measured[]): string[] => [
    ms(
      percentile(
        all.map((one) => one.ms),
        50,
      ),
    ),
    ms(
      percentile(
        all.map((one) => one.ms),
        99,
      ),
    ),
    `${(Math.max(...all.map(({ bytes }) => bytes)) / 1000).toFixed(0)} kB`,
  ];
  const line = (name: string, of: (one: ByZoom) => readonly Measured[]): string[] => [
    name,
    ...[plain, before, after].flatMap((one) => cells(of(one))),
  ];
  table(
    'Tiles that no cache has, the faster of two, one after the other: ST_AsMVT, without copies, with copies',
    [
      ['', 'p50', 'p99', 'largest', 'p50', 'p99', 'largest', 'p50', 'p99', 'largest'],
      ...ZOOMS.map((z) => line(`z${z}`, (one) => one.get(z) ?? [])),
      line('all', (one) => [...one.values()].flat()),
    ],
  );
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
