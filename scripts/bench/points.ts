import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import type { Context } from '../../server/context.ts';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import { getTile } from '../../server/tiles/service.ts';
import { median, ms, percentile, table, times } from './report.ts';

const BELOW = 10;
const TILES_PER_ZOOM = 12;

/** Points in 400 clusters, some dense and some wide, over an area as large as Indonesia. */
const source = (points: number): string => `
  drop table if exists public.bench_points;
  create table public.bench_points as
  with clusters as materialized (
    select c, 95 + random() * 46 as lon, -11 + random() * 17 as lat, 0.02 + 0.6 * random() ^ 3 as spread
    from generate_series(1, 400) c)
  select i as id, (array['poor', 'very poor', 'at risk', 'not poor', null])[1 + floor(random() * 5)] as category,
    floor(random() * 101)::int as score, md5(i::text) as name,
    st_setsrid(st_makepoint(lon + spread * (random() + random() + random() - 1.5) * 2,
      lat + spread * (random() + random() + random() - 1.5) * 2), 4326)::geometry(Point, 4326) as geom
  from (select i, 1 + floor(400 * random() ^ 2)::int as c from generate_series(1, ${points}) i) point join clusters using (c);
  alter table public.bench_points add primary key (id);
  create index on public.bench_points using gist (geom)`;

/** The baseline's own copy is projected beforehand, which only makes it faster. */
const PROJECTED = `
  drop table if exists public.bench_projected;
  create table public.bench_projected as select id, category, score, name, st_transform(geom, 3857) as geom from public.bench_points;
  create index on public.bench_projected using gist (geom);
  vacuum analyze public.bench_points, public.bench_projected`;

/** Plain \`ST_AsMVT\`, as its manual shows it. */
const BASELINE = `select st_asmvt(tile, 'points', 4096, 'geom', 'id') as mvt from (
  select st_asmvtgeom(geom, st_tileenvelope($1, $2, $3), 4096, 64, true) as geom, id, category, score, name
  from bench_projected where geom && st_tileenvelope($1, $2, $3, margin => 64.0 / 4096)) tile
  where geom is not null`;

export const MAPS = `layers: { points: { table: bench_points, pyramid: { below: ${BELOW}, sum: [score], countBy: category } } }`;

/** Makes the table of points, and a projected copy of it. */
export async function makePoints(url: string, points: number): Promise<void> {
  await inTurn(url, [...source(points).split(';\n'), ...PROJECTED.split(';\n')]);
}

/** Makes the table of points so that whoever looks sees all of it, or nothing; `and` is done with it. */
export async function makePointsAtOnce(url: string, points: number, and: string): Promise<void> {
  const made = ['begin', ...source(points).split(';\n'), 'analyze public.bench_points', and, 'commit'];
  await inTurn(url, made);
}

async function inTurn(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('select setseed(0.42)');
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** `npm run bench -- points`: what a pyramid costs, and its tiles beside plain `ST_AsMVT`. */
export async function benchPoints(url: string, points = 1_000_000): Promise<void> {
  await makePoints(url, points);
  const client = new pg.Client(url);
  await client.connect();
  await client.query('set jit = off');
  const server = await startServer({
    config: readConfig({
      DATABASE_URL: url,
      PORT: '0',
      CHOROGRAPH_TILE_CACHE_MB: '0',
      CHOROGRAPH_TILE_MAX_FEATURES: '10000000',
    }),
    maps: readMaps(MAPS),
    log: pino({ level: 'silent' }),
  });
  try {
    await server.ready;
    await server.ctx.pyramids.settled();
    await reportBuild(client);
    await compare(server.ctx, client, points);
  } finally {
    await client.query('drop table if exists public.bench_projected');
    await client.end();
    await server.stop();
  }
}

async function reportBuild(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Record<string, string>>(`
    select points, cells, build_ms, pg_size_pretty(pg_table_size(cells_table)) as cells_size,
      pg_size_pretty(pg_indexes_size(cells_table)) as index_size, pg_size_pretty(pg_table_size('bench_points')) as source_size
    from chorograph.pyramid, lateral (select ('chorograph.pyramid_' || id || '_' || build)::regclass as cells_table) t`);
  const row = rows[0] ?? {};
  table(`Build of a pyramid below zoom ${BELOW}`, [Object.keys(row), Object.values(row).map(String)]);
}

async function compare(ctx: Context, client: pg.Client, points: number): Promise<void> {
  const rows: string[][] = [
    [
      'zoom',
      'tiles',
      'ST_AsMVT p50',
      'p99',
      'largest',
      'pyramid p50',
      'p99',
      'largest',
      'p50 faster',
      'p99 faster',
    ],
  ];
  const all = { plain: [] as number[], cells: [] as number[] };
  for (const coord of await busyTiles(client, 6, points)) await cellsTile(ctx, coord); // compiled once, as in a server that runs
  for (let z = 0; z < BELOW; z++) {
    const tiles = await busyTiles(client, z, points);
    const spent = { plain: [] as number[], cells: [] as number[] };
    const bytes = { plain: 0, cells: 0 };
    for (const coord of tiles) {
      const plain = await fastest(() => plainTile(client, coord));
      const cells = await fastest(() => cellsTile(ctx, coord));
      spent.plain.push(plain.ms);
      spent.cells.push(cells.ms);
      bytes.plain = Math.max(bytes.plain, plain.bytes);
      bytes.cells = Math.max(bytes.cells, cells.bytes);
    }
    all.plain.push(...spent.plain);
    all.cells.push(...spent.cells);
    rows.push(row(String(z), spent, bytes));
  }
  rows.push(row('all', all, { plain: 0, cells: 0 }));
  table(`Tiles of ${points} points, nothing cached`, rows);
}

function row(
  name: string,
  { plain, cells }: { plain: number[]; cells: number[] },
  bytes: { plain: number; cells: number },
): string[] {
  const kilobytes = (n: number): string => (n === 0 ? '' : `${(n / 1000).toFixed(0)} kB`);
  const [p50, p99] = [median, (values: number[]) => percentile(values, 99)] as const;
  return [
    name,
    String(plain.length),
    ms(p50(plain)),
    ms(p99(plain)),
    kilobytes(bytes.plain),
    ms(p50(cells)),
    ms(p99(cells)),
    kilobytes(bytes.cells),
    times(p50(plain) / p50(cells)),
    times(p99(plain) / p99(cells)),
  ];
}

/** Tiles around points picked at random, so that dense tiles come up as often as they are looked at. */
async function busyTiles(client: pg.Client, z: number, points: number): Promise<TileCoord[]> {
  const { rows } = await client.query<{ lon: number; lat: number }>(
    'select st_x(geom) as lon, st_y(geom) as lat from bench_points where id = any($1)',
    [
      Array.from(
        { length: TILES_PER_ZOOM * 4 },
        (_, i) => 1 + Math.floor((i * points) / (TILES_PER_ZOOM * 4)),
      ),
    ],
  );
  const tiles = new Map(
    rows.map(({ lon, lat }) => tileAt(lon, lat, z)).map((coord) => [`${coord.x}/${coord.y}`, coord]),
  );
  return [...tiles.values()].slice(0, TILES_PER_ZOOM);
}

async function plainTile(client: pg.Client, { z, x, y }: TileCoord): Promise<number> {
  const { rows } = await client.query<{ mvt: Buffer }>({ name: 'plain', text: BASELINE, values: [z, x, y] });
  return rows[0]?.mvt.length ?? 0;
}

async function cellsTile(ctx: Context, coord: TileCoord): Promise<number> {
  const tile = await getTile(ctx, { layers: ['points'], coord, columns: undefined, query: {} });
  return tile.body.length;
}

/** The fastest of five, or of those done in a second: what else the machine does is not measured. */
async function fastest(work: () => Promise<number>): Promise<{ ms: number; bytes: number }> {
  const began = performance.now();
  const best = { ms: Infinity, bytes: 0 };
  for (let i = 0; i < 5 && performance.now() - began < 1_000; i++) {
    const start = performance.now();
    best.bytes = await work();
    best.ms = Math.min(best.ms, performance.now() - start);
  }
  return best;
}
