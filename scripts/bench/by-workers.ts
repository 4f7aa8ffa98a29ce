import pg from 'pg';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedCounties } from './growth.ts';
import { untilWhole } from './layer-files.ts';
import { table } from './report.ts';
import { proportionalMegabytes } from './resident.ts';
import { startServerProcess } from './server-process.ts';
import { createDatasets, createFineVillages, type Dataset } from './suite/data.ts';
import { fetchTile, tileUrl } from './suite/measure.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

const CONCURRENCY = 8;
const TILES = 6_000;
/** Time in which threads that have nothing to do end, and V8 gives memory back. */
const REST_MS = 30_000;
const LOOK_MS = 200;
/** As many as a country has villages; 17,000 asked for come out at twice that. */
const SIZE = { points: 100_000, villages: 17_000 };

/** Four processes are to take no more than so many times what one takes. */
const BOUND = 1.3;
const BOUND_OF = 4;
/** One alone as it is where it has others beside it: else it would have more of its own, and look as if they took less. */
const AS_ONE_OF_SEVERAL = { NODE_OPTIONS: '--max-semi-space-size=2', MALLOC_ARENA_MAX: '2' };

/** Layers that a server has in memory. */
interface Held {
  name: string;
  datasets: readonly Dataset[];
}

/**
 * `npm run bench -- memory --workers 1,2,4`: the memory of all processes of a server together, each page that several have
 * counted once, with layers in memory and thousands of their tiles cut: with some, and with most of what `CHOROGRAPH_MEMORY_VERTICES` lets
 * in by default. The first start reads the layers from the database, the others from disk.
 */
export async function benchMemoryByWorkers(databaseUrl: string, counts: readonly number[]): Promise<void> {
  await seedCounties(databaseUrl);
  for (const held of await createLayers(databaseUrl)) await compare(databaseUrl, counts, held);
}

async function createLayers(databaseUrl: string): Promise<Held[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const some = await createDatasets(client, SIZE);
  const fine = ['bench_fine_villages', 'bench_finer_villages'];
  await createFineVillages(client, fine);
  await client.end();
  const villages = some.find(({ name }) => name === 'villages')!;
  const large = fine.map((name) => ({
    ...villages,
    name: name.replace('bench_', '').replace('_', ' '),
    table: name,
  }));
  return [
    { name: 'some', datasets: some },
    { name: 'most of what is let in', datasets: [...some.filter((one) => one !== villages), ...large] },
  ];
}

async function compare(databaseUrl: string, counts: readonly number[], held: Held): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  const rows = [['processes', 'layers from', 'ready', `after ${TILES} tiles`, 'at rest', 'of one', 'peak']];
  let one = NaN;
  try {
    for (const [i, workers] of [counts[0] ?? 1, ...counts].entries()) {
      const { ready, busy, rest, peak } = await memoryOf(databaseUrl, workers, folder, held.datasets);
      const isFirst = i === 0;
      if (!isFirst && workers === 1) one = rest;
      const ratio = rest / one;
      const kept = workers === BOUND_OF ? `, bound ${BOUND} ${ratio <= BOUND ? 'kept' : 'missed'}` : '';
      rows.push([
        String(workers),
        isFirst ? 'database' : 'disk',
        ...[ready, busy, rest].map((megabytes) => `${megabytes} MB`),
        isFirst || Number.isNaN(one) ? '' : ratio.toFixed(2) + kept,
        `${peak} MB`,
      ]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const names = held.datasets.map(({ name }) => name).join(', ');
  table(`Memory by number of processes, layers in memory: ${held.name} (${names})`, rows);
}

interface Megabytes {
  ready: number;
  busy: number;
  rest: number;
  /** The most that was seen at any time, looked at five times a second. */
  peak: number;
}

async function memoryOf(
  databaseUrl: string,
  workers: number,
  folder: string,
  datasets: readonly Dataset[],
): Promise<Megabytes> {
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    WORKERS: String(workers),
    CHOROGRAPH_DATA_DIR: folder,
    ...AS_ONE_OF_SEVERAL,
  });
  let peak = 0;
  const looking = setInterval(() => (peak = Math.max(peak, proportionalMegabytes(server.pid))), LOOK_MS);
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
    // Whoever finds a file that is not whole makes the rest of it.
    if (!(await untilWhole(folder, datasets.length))) throw new Error('the layers are not on disk');
    await sleep(REST_MS);
    return { ready, busy, rest: proportionalMegabytes(server.pid), peak };
  } finally {
    clearInterval(looking);
    await server.stop();
  }
}
