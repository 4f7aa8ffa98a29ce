import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { Releasers } from '../../server/releasers.ts';
import { residentMegabytes } from './resident.ts';
import { ms, median, percentile, table } from './report.ts';
import { startServerProcess } from './server-process.ts';
import { createDatasets } from './suite/data.ts';
import { measure } from './suite/measure.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

/** Rows of each step; the largest takes minutes to make and is asked for by `--full`. */
const STEPS = {
  points: [10_000, 100_000, 1_000_000],
  villages: [500, 3_000, 30_000],
  full: { points: [5_000_000], villages: [100_000] },
} as const;

const TILES = 300;
const SECONDS = 10;

/** Time and memory as data grows: a fresh server process for each size, asked for tiles it has never made. */
export async function benchGrowth(databaseUrl: string, full: boolean): Promise<void> {
  await seedCounties(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const rows = [['', 'rows', 'first tile', 'p50', 'p99', 'largest', 'RSS before', 'RSS after']];
    for (const points of [...STEPS.points, ...(full ? STEPS.full.points : [])]) {
      rows.push(await measureSize(client, databaseUrl, 'points', { points, villages: 0 }));
    }
    for (const villages of [...STEPS.villages, ...(full ? STEPS.full.villages : [])]) {
      rows.push(await measureSize(client, databaseUrl, 'villages', { points: 0, villages }));
    }
    table(`Growth: ${TILES} different tiles, none made before, one process each`, rows);
  } finally {
    await client.end();
  }
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
): Promise<string[]> {
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
    return [
      name,
      String(rows[0]?.n),
      ms(median(first.times)),
      ms(median(measured.times)),
      ms(percentile(measured.times, 99)),
      `${(measured.largest / 1000).toFixed(0)} kB`,
      `${before} MB`,
      `${residentMegabytes(server.pid)} MB`,
    ];
  } finally {
    await server.stop();
  }
}
