import pg from 'pg';
import { seedCounties } from './growth.ts';
import { residentMegabytes } from './resident.ts';
import { table } from './report.ts';
import { startServerProcess } from './server-process.ts';
import { createDatasets } from './suite/data.ts';
import { fetchTile, tileUrl } from './suite/measure.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

const CACHE_MB = 64;
/** What Node, Express and our own code take before the first tile, and V8's room to collect in. */
const PROCESS_MB = 150;
/** A vertex of a layer in memory with its bands, cut tiles and attributes. */
const VERTEX_BYTES = 200;
const VERTICES = 1_000_000;
const CONCURRENCY = 8;
const TOLERANCE = 1.2;

/** Random tiles of all layers for some minutes: resident memory against what the settings allow. */
export async function benchMemory(databaseUrl: string, minutes: number): Promise<void> {
  await seedCounties(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const datasets = await createDatasets(client, { points: 100_000, villages: 20_000 });
  await client.end();
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    CHOROGRAPH_TILE_CACHE_MB: String(CACHE_MB),
    CHOROGRAPH_MEMORY_VERTICES: String(VERTICES),
  });
  const budget = PROCESS_MB + CACHE_MB + (VERTICES * VERTEX_BYTES) / 1e6;
  const rows = [['minute', 'tiles', 'RSS', 'of budget']];
  try {
    const random = seededRandom(11);
    const began = performance.now();
    let tiles = 0;
    let next = began;
    while (performance.now() - began < minutes * 60_000) {
      if (performance.now() >= next) {
        const rss = residentMegabytes(server.pid);
        const minute = ((performance.now() - began) / 60_000).toFixed(1);
        rows.push([minute, String(tiles), `${rss} MB`, (rss / budget).toFixed(2)]);
        next += Math.max(30_000, (minutes * 60_000) / 10);
      }
      const dataset = datasets[Math.floor(random() * datasets.length)];
      if (!dataset) break;
      const wanted = distinctTiles(CONCURRENCY, [...dataset.zooms, 12, 13], random);
      const template = `${server.url}/tiles/${dataset.table}/{z}/{x}/{y}.mvt`;
      const got = await Promise.all(wanted.map((coord) => fetchTile(tileUrl(template, coord))));
      if (got.some(({ status }) => status !== 200 && status !== 204)) throw new Error('a tile failed');
      tiles += got.length;
    }
    const rss = residentMegabytes(server.pid);
    rows.push([minutes.toFixed(1), String(tiles), `${rss} MB`, (rss / budget).toFixed(2)]);
    table(
      `Random tiles of ${datasets.length} layers; budget ${budget.toFixed(0)} MB = process ${PROCESS_MB} + cache ${CACHE_MB} + ${VERTICES} vertices of ${VERTEX_BYTES} bytes`,
      rows,
    );
    console.log(rss <= budget * TOLERANCE ? '  within budget + 20%' : '  ABOVE budget + 20%');
  } finally {
    await server.stop();
  }
}
