import pg from 'pg';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { AREA, makeCoverage } from './coverage.ts';
import { makeSmallLayer, Meanwhile, SMALL_LAYER } from './meanwhile.ts';
import { ms, table } from './report.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { seededRandom } from './suite/walk.ts';
import { againstGoal, measureTile, reportTiles, tileCells, type MeasuredTile } from './tile-goal.ts';

const TABLE = 'bench_parcels';
const ZOOMS = Array.from({ length: 15 }, (_, z) => z);
/** Tiles of each zoom, where there are so many. */
const TILES = 40;
/** Without copies a tile of a low zoom takes seconds: fewer of them tell as much. */
const FEW = 4;
const WARM_UP = 10;
/** Zooms at which it does. */
const SLOW_BELOW = 7;
/** A statement that takes too long. */
const TIMED_OUT = 504;
/** Rows that are changed at once. */
const CHANGED = 100;
const PATIENCE_MS = 1_800_000;
/** Until a running server has heard of copies (ms). */
const HEARS_MS = 2_000;

/** Plain `ST_AsMVT`, as its manual shows it. */
const BASELINE = `select st_asmvt(tile, '${TABLE}', 4096, 'geom', 'id') as mvt from (
  select st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope($1, $2, $3), 4096, 64, true) as geom, id, name, kind, value
  from ${TABLE} where geom && st_transform(st_tileenvelope($1, $2, $3, margin => 64.0 / 4096), 4326)) tile
  where geom is not null`;

type Ask = (coord: TileCoord) => Promise<number>;
type ByZoom = ReadonlyMap<number, readonly MeasuredTile[]>;

/** `npm run bench -- copies`: polygons that were just created, before and after their copies are made, beside plain `ST_AsMVT`. */
export async function benchCopies(url: string, wanted = 100_000): Promise<void> {
  const started = performance.now();
  const rows = await makeCoverage(url, TABLE, wanted);
  await makeSmallLayer(url);
  console.log(`\n${rows} polygons made in ${seconds(started)}`);
  const client = new pg.Client(url);
  await client.connect();
  await client.query('set jit = off');
  try {
    const plain = await measure(async ({ z, x, y }) => {
      const { rows: made } = await client.query<{ mvt: Buffer }>(BASELINE, [z, x, y]);
      return made[0]?.mvt.length ?? 0;
    }, 'few');
    const before = await overHttp(url, { CHOROGRAPH_AUTO_MB: '0' }, (server) =>
      measure(asking(server), 'few'),
    );
    // What nobody tracks is made anew whatever changed.
    await client.query(`select chorograph.track('${TABLE}')`);
    await overHttp(url, {}, async (server) => {
      await reportBuild(server, client);
      const after = await measure(asking(server), 'many');
      print(plain, before, after);
      reportTiles('With copies, no tile cached, one after the other, the fastest of three', after);
      await reportChange(client);
    });
  } finally {
    await client.end();
  }
}

async function measure(ask: Ask, howMany: 'few' | 'many'): Promise<ByZoom> {
  const measured = new Map<number, MeasuredTile[]>();
  // Processes and connections that have answered nothing yet.
  for (let i = 0; i < WARM_UP; i++) await ask(tileAt(110, -5, SLOW_BELOW));
  for (const z of ZOOMS) {
    const isSlow = howMany === 'few' && z < SLOW_BELOW;
    const all: MeasuredTile[] = [];
    for (const tile of tilesOf(z, isSlow ? FEW : TILES)) {
      all.push(await measureTile(() => ask(tile), isSlow ? 1 : undefined));
    }
    measured.set(z, all);
  }
  return measured;
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

async function overHttp<T>(
  databaseUrl: string,
  environment: Record<string, string>,
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    CHOROGRAPH_TILE_CACHE_MB: '0',
    CHOROGRAPH_TILE_MAX_FEATURES: '1000000',
    CHOROGRAPH_TILE_MAX_KB: '100000',
    ...environment,
  });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Bytes of a tile; 0 of one that took longer than a statement may. */
function asking({ url }: ServerProcess, layer = TABLE): Ask {
  return async ({ z, x, y }) => {
    const response = await fetch(`${url}/tiles/${layer}/${z}/${x}/${y}.mvt`, {
      headers: { 'accept-encoding': 'identity' },
    });
    const { byteLength } = await response.arrayBuffer();
    if (response.ok) return byteLength;
    if (response.status === TIMED_OUT) return 0;
    throw new Error(`tile ${z}/${x}/${y}: ${response.status}`);
  };
}

/** What it takes to make the copies, and what others notice of it. */
async function reportBuild(server: ServerProcess, client: pg.Client): Promise<void> {
  const begun = performance.now();
  const meanwhile = new Meanwhile(asking(server, SMALL_LAYER));
  await meanwhile.before();
  const middle = await measureTile(() => asking(server)(tileAt(110, -5, SLOW_BELOW)), 1);
  console.log(
    `a tile of zoom ${SLOW_BELOW} asked for while copies are made: ${ms(middle.ms)}, ${(middle.bytes / 1000).toFixed(0)} kB`,
  );
  await meanwhile.until(() => isThere(client, 'build > $2', 0), client, server.pid);
  console.log(`all copies are there ${seconds(begun)} after the server was ready`);
  const { rows } = await client.query<{ ms: number; bytes: string }>(
    `select build_ms as ms, bytes from chorograph.auto where kind = 'overviews'`,
  );
  console.log(
    `built in ${((rows[0]?.ms ?? NaN) / 1000).toFixed(1)} s, ${(Number(rows[0]?.bytes) / 1e6).toFixed(0)} MB of disk`,
  );
  meanwhile.report();
  await printDisk(client);
  await new Promise((resolve) => setTimeout(resolve, HEARS_MS));
}

/** Until a change of a few rows shows in copies: rows side by side, and rows all over the area. */
async function reportChange(client: pg.Client): Promise<void> {
  const changes = {
    'side by side': `id <= ${CHANGED}`,
    'all over': `id % (select count(*) / ${CHANGED} from ${TABLE}) = 7`,
  };
  for (const [name, which] of Object.entries(changes)) {
    const { rows: at } = await client.query<{ xid: string; followed: string }>(
      `select pg_current_xact_id()::text as xid, followed from chorograph.overview where relation = $1`,
      [`public.${TABLE}`],
    );
    const started = performance.now();
    // What they are and where they lie.
    const { rowCount } = await client.query(
      `update ${TABLE} set value = value + 1, geom = st_translate(geom, 1e-4, 0) where ${which}`,
    );
    await untilFollowed(client, at[0]!.followed);
    const took = seconds(started);
    const [written, all] = await rowsSince(client, at[0]!.xid);
    console.log(
      `${rowCount} rows ${name} changed: copies have them after ${took}; ${written} of ${all} rows and tiles written`,
    );
  }
}

/** Rows of copies, tiles included, that were written since a transaction, and how many there are. */
async function rowsSince(client: pg.Client, xid: string): Promise<[written: number, all: number]> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'chorograph'::regnamespace
      and relkind = 'r' and relname ~ '^overview_\\d+_\\d+_([mz]\\d+|tiles)$'`,
  );
  let [written, all] = [0, 0];
  for (const { name } of tables) {
    const { rows } = await client.query<{ written: number; all: number }>(
      `select count(*) filter (where xmin::text::int8 > $1)::int as written, count(*)::int as all
        from chorograph.${client.escapeIdentifier(name)}`,
      [xid],
    );
    written += rows[0]!.written;
    all += rows[0]!.all;
  }
  return [written, all];
}

/** Waits until copies have taken in more changed rows. */
async function untilFollowed(client: pg.Client, before: string): Promise<void> {
  const started = performance.now();
  while (performance.now() - started < PATIENCE_MS) {
    if (await isThere(client, 'followed > $2', before)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('copies did not follow');
}

async function isThere(client: pg.Client, condition: string, value: string | number): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from chorograph.overview where relation = $1 and ${condition}`,
    [`public.${TABLE}`, value],
  );
  return Boolean(rowCount);
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
  const [lines, others] = [againstGoal(after).lines, [plain, before].map((one) => againstGoal(one).lines)];
  table('ST_AsMVT, without copies (0 kB: none within the time of a statement), with copies', [
    ['', 'p50', 'p99', 'largest', 'p50', 'p99', 'largest', 'p50', 'p99', 'largest'],
    ...lines.map(([name, tiles], i) => [
      name,
      ...others.flatMap((one) => tileCells(one[i]?.[1] ?? [])),
      ...tileCells(tiles),
    ]),
  ]);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
