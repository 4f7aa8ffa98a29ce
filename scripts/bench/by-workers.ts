import pg from 'pg';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedCounties } from './growth.ts';
import { table } from './report.ts';
import { proportionalMegabytes } from './resident.ts';
import { startServerProcess } from './server-process.ts';
import { createDatasets, type Dataset } from './suite/data.ts';
import { fetchTile, tileUrl } from './suite/measure.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

const CONCURRENCY = 8;
const TILES = 6_000;
/** Time in which threads that have nothing to do end, and V8 gives memory back. */
const REST_MS = 30_000;
/** As many as a country has villages; 17,000 asked for come out at twice that. */
const SIZE = { points: 100_000, villages: 17_000 };

/**
 * `npm run bench -- memory --workers 1,2,4`: the memory of all processes of a server together, each page that several have
 * counted once, with layers in memory and thousands of their tiles cut. The first start reads the layers from the database,
 * the others from disk.
 */
export async function benchMemoryByWorkers(databaseUrl: string, counts: readonly number[]): Promise<void> {
  await seedCounties(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const datasets = await createDatasets(client, SIZE);
  await client.end();
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  const rows = [['processes', 'layers from', 'ready', `after ${TILES} tiles`, 'at rest', 'of one']];
  let one = NaN;
  try {
    for (const [i, workers] of [counts[0] ?? 1, ...counts].entries()) {
      const [ready, busy, rest] = await memoryOf(databaseUrl, workers, folder, datasets);
      if (i > 0 && workers === 1) one = rest;
      const from = i === 0 ? 'database' : 'disk';
      rows.push([
        String(workers),
        from,
        `${ready} MB`,
        `${busy} MB`,
        `${rest} MB`,
        Number.isNaN(one) ? '' : (rest / one).toFixed(2),
      ]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  table(`Memory by number of processes: ${datasets.map(({ name }) => name).join(', ')}`, rows);
}

async function memoryOf(
  databaseUrl: string,
  workers: number,
  folder: string,
  datasets: readonly Dataset[],
): Promise<[ready: number, busy: number, rest: number]> {
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    WORKERS: String(workers),
    CHOROGRAPH_DATA_DIR: folder,
  });
  try {
    const ready = proportionalMegabytes(server.pid);
    const random = seededRandom(11);
    for (let tiles = 0; tiles < TILES; tiles += CONCURRENCY) {
      const dataset = datasets[(tiles / CONCURRENCY) % datasets.length]!;
      const template = `${server.url}/tiles/${dataset.table}/{z}/{x}/{y}.mvt`;
      const wanted = distinctTiles(CONCURRENCY, [...dataset.zooms, 12, 13], random);
      const got = await Promise.all(wanted.map((coord) => fetchTile(tileUrl(template, coord))));
      const failed = got.find(({ status }) => status !== 200 && status !== 204);
      if (failed) throw new Error(`a tile of ${dataset.name} failed: ${failed.status}`);
    }
    const busy = proportionalMegabytes(server.pid);
    await sleep(REST_MS);
    return [ready, busy, proportionalMegabytes(server.pid)];
  } finally {
    await server.stop();
  }
}
