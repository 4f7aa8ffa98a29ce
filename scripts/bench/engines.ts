import pg from 'pg';
import { pino } from 'pino';
import { Answers, type AnswersContext } from '../../server/choropleth/answer.ts';
import { choroplethParams, readChoroplethRequest } from '../../server/choropleth/request/params.ts';
import { choroplethTile } from '../../server/choropleth/forms/tile.ts';
import { readConfig } from '../../server/config.ts';
import type { Context } from '../../server/context.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { loadMaps } from '../../server/maps.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { startServer, type RunningServer } from '../../server/server.ts';
import { getTile } from '../../server/tiles/service.ts';
import { createPoints } from './suite/data.ts';
import { median, ms, percentile, table, times } from './report.ts';

const MANY_POINTS = 30_000;
const TILES_PER_ZOOM = 60;
const IN_A_ROW = 20;

/** Tiles of a walk over the conterminous United States, each once: nobody profits from a cache. */
function randomWalk(count: number, zooms: readonly number[]): TileCoord[] {
  let state = 42;
  const random = (): number => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const tiles = new Map<string, TileCoord>();
  for (let attempt = 0; tiles.size < count && attempt < count * 50; attempt++) {
    const z = zooms[Math.floor(random() * zooms.length)] ?? 0;
    const coord = tileAt(-124 + random() * 57, 25 + random() * 24, z);
    tiles.set(`${coord.z}/${coord.x}/${coord.y}`, coord);
  }
  return [...tiles.values()];
}

/** Plain `ST_AsMVT`, as its manual shows it, on tables that are projected, indexed and joined beforehand. */
const PREPARE = `drop table if exists bench_counties, bench_rates;
  create table bench_counties as select id, code, name, state_code, st_transform(geom, 3857) as geom from us_counties;
  create index on bench_counties using gist (geom); analyze bench_counties;
  create table bench_rates as select c.*, u.rate from bench_counties c left join us_unemployment u using (code);
  create index on bench_rates using gist (geom); analyze bench_rates;
  set jit = off`;
const COUNTIES = `select st_asmvt(tile, 'us_counties', 4096, 'geom', 'id') as mvt from (
  select st_asmvtgeom(geom, st_tileenvelope($1, $2, $3), 4096, 64, true) as geom, id, code, name, state_code
  from bench_counties where geom && st_tileenvelope($1, $2, $3, margin => 64.0 / 4096)) tile
  where geom is not null`;
const POINTS = COUNTIES.replace('us_counties', 'bench_points')
  .replace('bench_counties', 'bench_points')
  .replace('code, name, state_code', 'category, score');
const RATES = COUNTIES.replace('bench_counties', 'bench_rates').replace('state_code', 'state_code, rate');

/** Uncached tiles of each engine beside `ST_AsMVT` through pg, tile by tile in turn. */
export async function benchEngines(databaseUrl: string): Promise<void> {
  const memory = await serverOver(databaseUrl, {});
  const postgis = await serverOver(databaseUrl, { CHOROGRAPH_MEMORY_VERTICES: '0' });
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await seedDemo(memory.ctx.db, { only: 'us' });
    await client.query('drop table if exists bench_points');
    await createPoints(client, MANY_POINTS);
    for (const { ctx } of [memory, postgis]) {
      await ctx.generations.poll();
      await ctx.catalog.reload();
    }
    await client.query(PREPARE);
    await memory.ctx.choropleths.resolve(memory.ctx.db, memory.ctx.catalog);
    await compare('County tiles', {
      'ST_AsMVT through pg (projected table)': (coord) => baselineTile(client, COUNTIES, coord),
      'memory engine': (coord) => ourTile(memory.ctx, 'us_counties', coord),
      'postgis engine (table in degrees)': (coord) => ourTile(postgis.ctx, 'us_counties', coord),
    });
    await compare(`Tiles of ${MANY_POINTS} points`, {
      'ST_AsMVT through pg': (coord) => baselineTile(client, POINTS, coord),
      'memory engine': (coord) => ourTile(memory.ctx, 'bench_points', coord),
      'postgis engine': (coord) => ourTile(postgis.ctx, 'bench_points', coord),
    });
    await compare('Choropleth tiles of counties', {
      'ST_AsMVT through pg (projected, joined table)': (coord) => baselineTile(client, RATES, coord),
      choropleth: choroplethTiles(memory.ctx),
    });
  } finally {
    await client.end();
    await memory.stop();
    await postgis.stop();
  }
}

type MakeTile = (coord: TileCoord) => Promise<void>;

/** The same tiles from each, tile by tile in turn; the first is what the others are measured by. */
async function compare(title: string, makers: Record<string, MakeTile>): Promise<void> {
  const entries = Object.entries(makers);
  await warmUp(entries.map(([, make]) => make));
  // A walk is as long at each zoom, but high zooms have more tiles: each tile counts for its zoom's share.
  const zooms = [2, 3, 4, 5, 6, 7];
  const walked = zooms.map((z) => randomWalk(TILES_PER_ZOOM, [z]));
  const spent = entries.map((): number[] => []);
  const byZoom: string[][] = [];
  for (const tiles of walked) {
    const own = entries.map((): number[] => []);
    // In turn, so that what else the machine does hits all alike; a few at a time, as a server that is
    // asked for one tile after the other has its caches warm.
    for (let from = 0; from < tiles.length; from += IN_A_ROW) {
      for (const [i, [, make]] of entries.entries()) {
        for (const coord of tiles.slice(from, from + IN_A_ROW)) own[i]?.push(await timed(() => make(coord)));
      }
    }
    const copies = Math.ceil(TILES_PER_ZOOM / tiles.length);
    own.forEach((values, i) => {
      for (let copy = 0; copy < copies; copy++) spent[i]?.push(...values);
    });
    byZoom.push([`z${tiles[0]?.z}`, String(tiles.length), ...own.map((values) => ms(median(values)))]);
  }
  table(`${title}: median by zoom`, [['', 'tiles', ...entries.map(([name]) => name)], ...byZoom]);
  const [first = []] = spent;
  const row = (name: string, values: number[]): string[] => [
    name,
    ms(median(values)),
    ms(percentile(values, 99)),
    times(median(first) / median(values)),
    times(percentile(first, 99) / percentile(values, 99)),
  ];
  table(`${title}: random walk over z2–z7, no tile twice, nothing cached`, [
    ['', 'p50', 'p99', 'p50 faster', 'p99 faster'],
    ...entries.map(([name], i) => row(name, spent[i] ?? [])),
  ]);
}

function choroplethTiles(ctx: Context & AnswersContext): MakeTile {
  const answers = new Answers(ctx);
  const asked = choroplethParams.parse({});
  return async (coord) => {
    const choropleth = ctx.choropleths.get('us-unemployment');
    const answer = await answers.get(readChoroplethRequest(choropleth, asked, {}));
    await choroplethTile(ctx, answer, coord, new AbortController());
  };
}

async function serverOver(databaseUrl: string, extra: Record<string, string>): Promise<RunningServer> {
  const server = await startServer({
    config: readConfig({
      DATABASE_URL: databaseUrl,
      PORT: '0',
      LOG_LEVEL: 'silent',
      CHOROGRAPH_TILE_CACHE_MB: '0',
      ...extra,
    }),
    maps: loadMaps(projectPath('data', 'maps.yaml')),
    log: pino({ level: 'silent' }),
  });
  await server.ready;
  return server;
}

/** Loads the layer and each zoom's band, and lets every side compile and plan what it needs. */
async function warmUp(makers: readonly MakeTile[]): Promise<void> {
  for (let z = 2; z <= 7; z++) {
    const coord = tileAt(-150, 62, z); // Alaska: not on the walk
    for (let i = 0; i < 5; i++) for (const make of makers) await make(coord);
  }
  // Of zooms that the walk does not have: a server that runs has its code compiled.
  for (const make of makers) for (const coord of randomWalk(400, [8, 9])) await make(coord);
}

async function baselineTile(client: pg.Client, text: string, { z, x, y }: TileCoord): Promise<void> {
  await client.query({
    name: text === RATES ? 'rates' : text === POINTS ? 'points' : 'counties',
    text,
    values: [z, x, y],
  });
}

async function ourTile(ctx: Context, layer: string, coord: TileCoord): Promise<void> {
  await getTile(ctx, { layers: [layer], coord, columns: undefined, query: {} });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
