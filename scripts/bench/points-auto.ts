import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import type { Context } from '../../server/context.ts';
import { tileAt } from '../../server/engine/grid.ts';
import { readRecords } from '../../server/engine/auto/record.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import { getTile } from '../../server/tiles/service.ts';
import { makePoints } from './points.ts';
import { reportChanges, reportWriter } from './points-changes.ts';
import { median, ms, percentile, table } from './report.ts';

const LAYER = 'bench_points';
const DEEPEST = 14;
const TILES_PER_ZOOM = 60;
const WARM_UP = 10;
/** What a tile is to take at most, by the 99th percentile, and to weigh. */
const GOAL = { ms: 15, bytes: 200_000 };

/** `npm run bench -- points --auto`: points that appear beside a server that runs, and nobody says anything of. */
export async function benchPointsAuto(url: string, points: number): Promise<void> {
  const server = await startServer({
    config: readConfig({ DATABASE_URL: url, PORT: '0', CHOROGRAPH_TILE_CACHE_MB: '0' }),
    maps: readMaps(''),
    log: pino({ level: 'silent' }),
  });
  const client = new pg.Client(url);
  await client.connect();
  try {
    await server.ready;
    await makePoints(url, points);
    await client.query('drop table public.bench_projected');
    await client.query(`select chorograph.track('public.bench_points')`);
    const discovered = performance.now();
    await client.query('notify chorograph_catalog');
    const meanwhile = await whileItIsBuilt(server.ctx, client, points);
    const ready = performance.now() - discovered;
    await reportBuild(server.ctx, ready, meanwhile);
    await reportTiles(server.ctx, client, points);
    await reportChanges(server.ctx, client);
    await reportWriter(client);
  } finally {
    await client.end();
    await server.stop();
  }
}

/** Tiles of a few points, one after the other, until there is a pyramid: how long each took. */
async function whileItIsBuilt(ctx: Context, client: pg.Client, points: number): Promise<number[]> {
  const deep = await tilesOf(client, DEEPEST, points);
  const took: number[] = [];
  for (let i = 0; ; i++) {
    const layer = ctx.catalog.all().find(({ id }) => id === LAYER);
    if (layer && ctx.pyramids.of(layer)?.build) return took;
    const coord = deep[i % deep.length];
    if (layer && coord) took.push((await tile(ctx, coord)).ms);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function reportBuild(ctx: Context, ready: number, meanwhile: readonly number[]): Promise<void> {
  const [made] = await readRecords(ctx.db);
  const below = ctx.pyramids.of(ctx.catalog.layer(LAYER))?.definition.below;
  table('A pyramid that nobody asked for', [
    ['points', 'below zoom', 'built in', 'disk', 'from discovery to cells', 'meanwhile z14 p50', 'p99'],
    [
      String(made?.rows),
      String(below),
      `${((made?.ms ?? 0) / 1000).toFixed(1)} s`,
      `${((made?.bytes ?? 0) / 1e6).toFixed(0)} MB`,
      `${(ready / 1000).toFixed(1)} s`,
      ms(median(meanwhile)),
      ms(percentile(meanwhile, 99)),
    ],
  ]);
}

async function reportTiles(ctx: Context, client: pg.Client, points: number): Promise<void> {
  const rows = [['zoom', 'tiles', 'p50', 'p99', 'largest', 'thinned']];
  const missed = new Set<number>();
  const all = { ms: [] as number[], bytes: 0, thinned: 0 };
  for (let z = 0; z <= DEEPEST; z++) {
    const coords = await tilesOf(client, z, points);
    for (const coord of coords.slice(0, WARM_UP)) await tile(ctx, coord);
    const made = [];
    for (const coord of coords) made.push(await fastest(ctx, coord));
    const one = {
      ms: made.map((each) => each.ms),
      bytes: Math.max(...made.map(({ bytes }) => bytes)),
      thinned: made.filter(({ thinned }) => thinned).length,
    };
    all.ms.push(...one.ms);
    all.bytes = Math.max(all.bytes, one.bytes);
    all.thinned += one.thinned;
    if (percentile(one.ms, 99) > GOAL.ms || one.bytes > GOAL.bytes) missed.add(rows.length);
    rows.push(row(String(z), one));
  }
  if (percentile(all.ms, 99) > GOAL.ms || all.bytes > GOAL.bytes) missed.add(rows.length);
  rows.push(row('all', all));
  table(`Its tiles, nothing cached (red: over ${GOAL.ms} ms or ${GOAL.bytes / 1000} kB)`, rows, missed);
}

function row(name: string, one: { ms: number[]; bytes: number; thinned: number }): string[] {
  const kilobytes = `${(one.bytes / 1000).toFixed(0)} kB`;
  return [
    name,
    String(one.ms.length),
    ms(median(one.ms)),
    ms(percentile(one.ms, 99)),
    kilobytes,
    String(one.thinned),
  ];
}

/** Tiles around points all over the table: dense ones come up as often as they are looked at. */
async function tilesOf(client: pg.Client, z: number, points: number): Promise<TileCoord[]> {
  const ids = Array.from({ length: TILES_PER_ZOOM }, (_, i) => 1 + Math.floor((i * points) / TILES_PER_ZOOM));
  const { rows } = await client.query<{ lon: number; lat: number }>(
    'select st_x(geom) as lon, st_y(geom) as lat from bench_points where id = any($1)',
    [ids],
  );
  const coords = rows.map(({ lon, lat }) => tileAt(lon, lat, z));
  return [...new Map(coords.map((coord) => [`${coord.x}/${coord.y}`, coord])).values()];
}

/** The faster of two: what else the machine does is not measured. */
async function fastest(ctx: Context, coord: TileCoord): Promise<Awaited<ReturnType<typeof tile>>> {
  const [one, two] = [await tile(ctx, coord), await tile(ctx, coord)];
  return one.ms < two.ms ? one : two;
}

async function tile(
  ctx: Context,
  coord: TileCoord,
): Promise<{ ms: number; bytes: number; thinned: boolean }> {
  const started = performance.now();
  const { body, headers } = await getTile(ctx, { layers: [LAYER], coord, columns: undefined, query: {} });
  const took = performance.now() - started;
  return { ms: took, bytes: body.length, thinned: headers['X-Tile-Truncated'] !== undefined };
}
