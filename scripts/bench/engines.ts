import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import type { Context } from '../../server/context.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer, type RunningServer } from '../../server/server.ts';
import { getTile } from '../../server/tiles/service.ts';
import { median, ms, percentile, table, times } from './report.ts';

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

/** Plain `ST_AsMVT`, as its manual shows it, on a table that is projected and indexed beforehand. */
const BASELINE = `select st_asmvt(tile, 'us_counties', 4096, 'geom', 'id') as mvt from (
  select st_asmvtgeom(geom, st_tileenvelope($1, $2, $3), 4096, 64, true) as geom, id, code, name, state_code
  from bench_counties where geom && st_tileenvelope($1, $2, $3, margin => 64.0 / 4096)) tile
  where geom is not null`;

/** Uncached tiles of each engine beside `ST_AsMVT` through pg, tile by tile in turn. */
export async function benchEngines(databaseUrl: string): Promise<void> {
  const memory = await serverOver(databaseUrl, {});
  const postgis = await serverOver(databaseUrl, { CHOROGRAPH_MEMORY_VERTICES: '0' });
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await seedDemo(memory.ctx.db, { only: 'us' });
    for (const { ctx } of [memory, postgis]) {
      await ctx.generations.poll();
      await ctx.catalog.reload();
    }
    await client.query(`drop table if exists bench_counties;
      create table bench_counties as select id, code, name, state_code, st_transform(geom, 3857) as geom from us_counties;
      create index on bench_counties using gist (geom); analyze bench_counties; set jit = off`);
    await warmUp(memory.ctx, postgis.ctx, client);
    const tiles = randomWalk(250, [2, 3, 4, 5, 6, 7]);
    const spent = { baseline: [] as number[], memory: [] as number[], postgis: [] as number[] };
    for (const coord of tiles) {
      spent.baseline.push(await timed(() => baselineTile(client, coord)));
      spent.memory.push(await timed(() => ourTile(memory.ctx, coord)));
      spent.postgis.push(await timed(() => ourTile(postgis.ctx, coord)));
    }
    const row = (name: string, values: number[]): string[] => [
      name,
      ms(median(values)),
      ms(percentile(values, 99)),
      times(median(spent.baseline) / median(values)),
      times(percentile(spent.baseline, 99) / percentile(values, 99)),
    ];
    table(`County tiles, z2–z7, ${tiles.length} different ones, nothing cached`, [
      ['', 'p50', 'p99', 'p50 faster', 'p99 faster'],
      row('ST_AsMVT through pg (projected table)', spent.baseline),
      row('memory engine', spent.memory),
      row('postgis engine (table in degrees)', spent.postgis),
    ]);
  } finally {
    await client.end();
    await memory.stop();
    await postgis.stop();
  }
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
    maps: readMaps(''),
    log: pino({ level: 'silent' }),
  });
  await server.ready;
  return server;
}

/** Loads the layer and each zoom's band, and lets every side compile and plan what it needs. */
async function warmUp(memory: Context, postgis: Context, client: pg.Client): Promise<void> {
  for (let z = 2; z <= 7; z++) {
    const coord = tileAt(-150, 62, z); // Alaska: not on the walk
    for (let i = 0; i < 3; i++) await baselineTile(client, coord);
    for (let i = 0; i < 3; i++) await ourTile(memory, coord);
    for (let i = 0; i < 3; i++) await ourTile(postgis, coord);
  }
}

async function baselineTile(client: pg.Client, { z, x, y }: TileCoord): Promise<void> {
  await client.query({ name: 'baseline', text: BASELINE, values: [z, x, y] });
}

async function ourTile(ctx: Context, coord: TileCoord): Promise<void> {
  await getTile(ctx, { layers: ['us_counties'], coord, columns: undefined, query: {} });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
