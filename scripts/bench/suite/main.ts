import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import { seedCounties } from '../growth.ts';
import { startServerProcess, type ServerProcess } from '../server-process.ts';
import { median, ms, percentile, table, times } from '../report.ts';
import { startBaseline } from './baseline.ts';
import { barChart, type Bar } from './chart.ts';
import { featureCounts } from './check.ts';
import { createDatasets, type Dataset } from './data.ts';
import type { TileCoord } from '../../../server/engine/types.ts';
import { tileAt } from '../../../server/engine/grid.ts';
import { fetchTile, measure, tileUrl, type Measured } from './measure.ts';
import type { Peer, SuiteOptions } from './options.ts';
import { distinctTiles, panningWalk, seededRandom } from './walk.ts';

interface Result {
  dataset: string;
  scenario: string;
  peer: string;
  p50: number;
  p99: number;
  requestsPerSecond: number;
  largestBytes: number;
  failures: number;
}

const SAMPLE = 5;
const TILES = 400;

/** Every data set × scenario × server, over HTTP, one server after the other on the same tiles. */
export async function runSuite(databaseUrl: string, options: SuiteOptions): Promise<Result[]> {
  await seedCounties(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const baseline = await startBaseline(databaseUrl, options.concurrency);
  try {
    console.log(`making data: ${options.points} points, about ${options.villages} villages …`);
    const datasets = await createDatasets(client, options);
    const results: Result[] = [];
    for (const dataset of datasets) {
      const others: Peer[] = [
        { name: 'ST_AsMVT through pg', template: baseline.template(dataset.table) },
        ...options.peers.filter((entry) => entry.dataset === dataset.name).map(({ peer }) => peer),
      ];
      results.push(...(await runScenarios({ dataset, others, databaseUrl, client, options })));
    }
    if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
    if (options.svg) await writeFile(options.svg, chartOf(results));
    return results;
  } finally {
    await baseline.stop();
    await client.end();
  }
}

async function compareFeatures(dataset: Dataset, peers: readonly Peer[]): Promise<void> {
  const sample = distinctTiles(SAMPLE, dataset.zooms.slice(-3), seededRandom(9));
  const counts = await featureCounts(peers, sample);
  table(`${dataset.name}: features in ${sample.length} sample tiles (-1: not a tile)`, [
    ['', ...sample.map(({ z, x, y }) => `${z}/${x}/${y}`)],
    ...[...counts].map(([name, own]) => [name, ...own.map(String)]),
  ]);
}

interface Setting {
  dataset: Dataset;
  others: readonly Peer[];
  databaseUrl: string;
  client: pg.Client;
  options: SuiteOptions;
}

interface Scenario {
  name: string;
  tiles: readonly TileCoord[];
  /** Ours is started anew, so that nothing is cached; the others keep what they have. */
  fresh?: boolean;
  changing?: boolean;
}

async function runScenarios({ dataset, others, databaseUrl, client, options }: Setting): Promise<Result[]> {
  const results: Result[] = [];
  let ours: ServerProcess | undefined;
  try {
    for (const { name, tiles, fresh, changing } of scenarios(dataset)) {
      if (fresh || !ours) {
        await ours?.stop();
        ours = await startServerProcess({ DATABASE_URL: databaseUrl });
        await warmUp(`${ours.url}/tiles/${dataset.table}/{z}/{x}/{y}.mvt`, dataset);
      }
      const chorograph = {
        name: 'chorograph',
        template: `${ours.url}/tiles/${dataset.table}/{z}/{x}/{y}.mvt`,
      };
      const peers = [...others.slice(0, 1), chorograph, ...others.slice(1)];
      if (results.length === 0) await compareFeatures(dataset, peers);
      const rows: Result[] = [];
      for (const peer of peers) {
        const stop = changing ? keepChanging(client, dataset) : undefined;
        rows.push(resultOf(dataset.name, name, peer.name, await measure(peer.template, tiles, options)));
        await stop?.();
      }
      printScenario(`${dataset.name}, ${name}`, rows);
      results.push(...rows);
    }
  } finally {
    await ours?.stop();
  }
  return results;
}

/** Loads the layer and lets a new process compile its code, with tiles of zooms that no scenario asks for. */
async function warmUp(template: string, { zooms }: Dataset): Promise<void> {
  for (const z of zooms) await fetchTile(tileUrl(template, tileAt(-150, 62, z)));
  const deepest = zooms.at(-1) ?? 8;
  const tiles = distinctTiles(1_500, [deepest + 1, deepest + 2], seededRandom(6));
  await measure(template, tiles, { concurrency: 8, seconds: 4 });
}

function scenarios({ zooms }: Dataset): Scenario[] {
  const cold = distinctTiles(TILES, zooms, seededRandom(1));
  const others = distinctTiles(TILES * 4, zooms, seededRandom(2));
  const random = seededRandom(3);
  const mixed = Array.from({ length: TILES * 4 }, (_, i) => {
    const from = random() < 0.1 ? others : cold;
    return from[i % from.length] as TileCoord;
  });
  return [
    { name: 'cold', tiles: cold, fresh: true },
    { name: 'warm', tiles: [...cold, ...cold] },
    { name: '10% misses', tiles: mixed },
    { name: 'panning user', tiles: panningWalk(TILES * 2, zooms, seededRandom(4)), fresh: true },
    { name: 'while data changes', tiles: mixed, changing: true },
  ];
}

/** Touches a row ten times a second until it is told to stop. */
function keepChanging(client: pg.Client, { table: name }: Dataset): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    while (going) {
      await client.query(`update ${name} set geom = geom where id = 1`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

function resultOf(dataset: string, scenario: string, peer: string, measured: Measured): Result {
  return {
    dataset,
    scenario,
    peer,
    p50: median(measured.times),
    p99: percentile(measured.times, 99),
    requestsPerSecond: measured.requestsPerSecond,
    largestBytes: measured.largest,
    failures: measured.failures,
  };
}

function printScenario(title: string, rows: readonly Result[]): void {
  const [first] = rows;
  if (!first) return;
  table(title, [
    ['', 'p50', 'p99', 'p50 faster', 'p99 faster', 'req/s', 'largest', 'failed'],
    ...rows.map((row) => [
      row.peer,
      ms(row.p50),
      ms(row.p99),
      times(first.p50 / row.p50),
      times(first.p99 / row.p99),
      row.requestsPerSecond.toFixed(0),
      `${(row.largestBytes / 1000).toFixed(0)} kB`,
      String(row.failures),
    ]),
  ]);
}

function chartOf(results: readonly Result[]): string {
  const names = [...new Set(results.map((row) => `${row.dataset}, ${row.scenario}`))];
  const groups = names.map((name) => ({
    name,
    bars: results
      .filter((row) => `${row.dataset}, ${row.scenario}` === name)
      .map((row): Bar => ({ label: row.peer, value: row.p50, ours: row.peer === 'chorograph' })),
  }));
  return barChart('Median time of a tile over HTTP (logarithmic, shorter is better)', groups);
}
