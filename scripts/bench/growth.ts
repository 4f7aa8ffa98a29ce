import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/connections/open.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { residentMegabytes } from './resident.ts';
import { ms, median, percentile, table } from './report.ts';
import { startServerProcess } from './server-process.ts';
import { barChart, type Panel } from './suite/chart.ts';
import { createDatasets } from './suite/data.ts';
import { measure } from './suite/measure.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

/** Rows of each step; the largest takes minutes to make and is asked for by `--full`. */
const STEPS = {
  points: [10_000, 100_000, 1_000_000],
  villages: [500, 3_000, 13_500],
  full: { points: [5_000_000], villages: [50_000] },
} as const;

const TILES = 300;
const SECONDS = 10;

const PANELS: readonly Panel[] = [
  { name: 'first tile', unit: 'ms' },
  { name: 'median time', unit: 'ms' },
  { name: '99th percentile', unit: 'ms' },
  { name: 'memory', unit: 'MB' },
];

interface Grown {
  name: string;
  rows: number;
  firstMs: number;
  medianMs: number;
  p99Ms: number;
  /** Bytes of the largest tile. */
  largest: number;
  /** Megabytes of the process before and after. */
  rss: readonly [before: number, after: number];
}

/**
 * Time and memory as data grows: a fresh server process for each size, asked for tiles it has never made.
 * @returns the figures as a chart in SVG
 */
export async function benchGrowth(databaseUrl: string, full: boolean): Promise<string> {
  await seedCounties(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const grown: Grown[] = [];
    for (const points of [...STEPS.points, ...(full ? STEPS.full.points : [])]) {
      grown.push(await measureSize(client, databaseUrl, 'points', { points, villages: 0 }));
    }
    for (const villages of [...STEPS.villages, ...(full ? STEPS.full.villages : [])]) {
      grown.push(await measureSize(client, databaseUrl, 'villages', { points: 0, villages }));
    }
    table(`Growth: ${TILES} different tiles, none made before, one process each`, [
      ['', 'rows', 'first tile', 'p50', 'p99', 'largest', 'RSS before', 'RSS after'],
      ...grown.map(rowOf),
    ]);
    return chartOf(grown);
  } finally {
    await client.end();
  }
}

function rowOf({ name, rows, firstMs, medianMs, p99Ms, largest, rss }: Grown): string[] {
  const [before, after] = rss;
  const size = `${(largest / 1000).toFixed(0)} kB`;
  return [name, String(rows), ms(firstMs), ms(medianMs), ms(p99Ms), size, `${before} MB`, `${after} MB`];
}

function chartOf(grown: readonly Grown[]): string {
  const names = [...new Set(grown.map(({ name }) => name))];
  const groups = names.map((name) => ({
    name,
    rows: grown
      .filter((size) => size.name === name)
      .map(({ rows, firstMs, medianMs, p99Ms, rss }) => ({
        label: rows.toLocaleString('en'),
        values: [firstMs, medianMs, p99Ms, rss[1]],
        ours: true,
      })),
  }));
  return barChart('Tiles that no cache has, as data grows (logarithmic, shorter is better)', PANELS, groups);
}

/** The demo's counties, which the data sets are made from. */
export async function seedCounties(databaseUrl: string): Promise<void> {
  const releasers = new Releasers();
  const { database } = await openDatabase(
    readConfig({ DATABASE_URL: databaseUrl }),
    pino({ level: 'silent' }),
    releasers,
    () => {},
  );
  await seedDemo(database, { only: 'us' });
  await releasers.run();
}

async function measureSize(
  client: pg.Client,
  databaseUrl: string,
  name: string,
  size: { points: number; villages: number },
): Promise<Grown> {
  const datasets = await createDatasets(client, size);
  const dataset = datasets.find((candidate) => candidate.name === name);
  if (!dataset) throw new Error(`no data set ${name}`);
  const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${dataset.table}`);
  const server = await startServerProcess({ DATABASE_URL: databaseUrl });
  try {
    const template = `${server.url}/tiles/${dataset.table}/{z}/{x}/{y}.mvt`;
    const before = residentMegabytes(server.pid);
    const first = await measure(template, [{ z: 6, x: 15, y: 24 }], { concurrency: 1, seconds: 60 });
    const tiles = distinctTiles(TILES, dataset.zooms, seededRandom(5));
    const measured = await measure(template, tiles, { concurrency: 4, seconds: SECONDS });
    return {
      name,
      rows: Number(rows[0]?.n),
      firstMs: median(first.times),
      medianMs: median(measured.times),
      p99Ms: percentile(measured.times, 99),
      largest: measured.largest,
      rss: [before, residentMegabytes(server.pid)],
    };
  } finally {
    await server.stop();
  }
}
