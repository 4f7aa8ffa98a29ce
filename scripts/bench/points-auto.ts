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
import { makeSmallLayer, Meanwhile, SMALL_LAYER } from './meanwhile.ts';
import { makePointsAtOnce } from './points.ts';
import { reportChanges, reportWriter } from './points-changes.ts';
import { table } from './report.ts';
import { measureTile, reportTiles, type MeasuredTile } from './tile-goal.ts';

const LAYER = 'bench_points';
const DEEPEST = 14;
const TILES_PER_ZOOM = 60;
const WARM_UP = 10;

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
    await makeSmallLayer(url);
    await client.query('notify chorograph_catalog');
    const meanwhile = new Meanwhile((coord) => bytesOf(server.ctx, SMALL_LAYER, coord));
    await whenPublished(server.ctx, SMALL_LAYER);
    await meanwhile.before();
    await makePointsAtOnce(url, points, `select chorograph.track('public.bench_points')`);
    const discovered = performance.now();
    await client.query('notify chorograph_catalog');
    await meanwhile.until(() => Promise.resolve(isBuilt(server.ctx)), client, process.pid);
    await reportBuild(server.ctx, performance.now() - discovered);
    meanwhile.report();
    await tilesOfAllZooms(server.ctx, client, points);
    await reportChanges(server.ctx, client);
    await reportWriter(client);
  } finally {
    await client.end();
    await server.stop();
  }
}

function isBuilt({ catalog, pyramids }: Context): boolean {
  const layer = catalog.all().find(({ id }) => id === LAYER);
  return layer !== undefined && pyramids.of(layer)?.build !== undefined;
}

async function whenPublished({ catalog }: Context, layer: string): Promise<void> {
  while (!catalog.all().some(({ id }) => id === layer))
    await new Promise((resolve) => setTimeout(resolve, 50));
}

async function reportBuild(ctx: Context, readyMs: number): Promise<void> {
  const [made] = await readRecords(ctx.db);
  const below = ctx.pyramids.of(ctx.catalog.layer(LAYER))?.definition.below;
  table('A pyramid that nobody asked for', [
    ['points', 'below zoom', 'built in', 'disk', 'from discovery to cells'],
    [
      String(made?.rows),
      String(below),
      `${((made?.ms ?? 0) / 1000).toFixed(1)} s`,
      `${((made?.bytes ?? 0) / 1e6).toFixed(0)} MB`,
      `${(readyMs / 1000).toFixed(1)} s`,
    ],
  ]);
}

async function tilesOfAllZooms(ctx: Context, client: pg.Client, points: number): Promise<void> {
  const byZoom = new Map<number, MeasuredTile[]>();
  for (let z = 0; z <= DEEPEST; z++) {
    const coords = await tilesOf(client, z, points);
    for (const coord of coords.slice(0, WARM_UP)) await bytesOf(ctx, LAYER, coord);
    const tiles: MeasuredTile[] = [];
    for (const coord of coords) tiles.push(await measureTile(() => bytesOf(ctx, LAYER, coord)));
    byZoom.set(z, tiles);
  }
  reportTiles('Its tiles, none cached, one after the other, the fastest of three', byZoom);
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

async function bytesOf(ctx: Context, layer: string, coord: TileCoord): Promise<number> {
  const { body } = await getTile(ctx, { layers: [layer], coord, columns: undefined, query: {} });
  return body.length;
}
