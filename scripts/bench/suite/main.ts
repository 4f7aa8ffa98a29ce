import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import { seedCounties } from '../growth.ts';
import { median, ms, percentile, table, times } from '../report.ts';
import { barChart, type Row } from './chart.ts';
import { checkPeers } from './check.ts';
import { createDatasets, datasetsOf, hasDatasets, type Dataset } from './data.ts';
import type { TileCoord } from '../../../server/engine/types.ts';
import { tileAt } from '../../../server/engine/grid.ts';
import { fetchTile, measure, tileUrl, type Measured } from './measure.ts';
import type { Peer, SuiteOptions } from './options.ts';
import { cpuOf, cpuSince } from './processor.ts';
import { startServers, type Servers } from './servers.ts';
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
  /** Milliseconds of processor time per request, of the server and of PostgreSQL; undefined where it cannot be told. */
  cpuMs: number | undefined;
}

/** Tiles that are compared before anything is measured, over all zooms. */
const SAMPLE = 40;
const TILES = 400;
/** Requests that a server answers before it is measured: V8 compiles what ran often, and goes on doing so for thousands of them. */
const WARM_UP = { tiles: 8_000, seconds: 10 };

/** Every data set × scenario × server, over HTTP, one server after the other on the same tiles. */
export async function runSuite(databaseUrl: string, options: SuiteOptions): Promise<Result[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    if (!(await hasDatasets(client, options))) {
      console.log(`making data: ${options.points} points, about ${options.villages} villages …`);
      await seedCounties(databaseUrl);
      await createDatasets(client, options);
    }
    if (options.prepare) {
      console.log(
        `the data is in ${datasetsOf(options)
          .map(({ table }) => table)
          .join(', ')}: start peers on ${databaseUrl}`,
      );
      return [];
    }
    const results: Result[] = [];
    for (const dataset of datasetsOf(options)) {
      results.push(...(await runScenarios({ dataset, databaseUrl, client, options })));
    }
    if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
    if (options.svg) await writeFile(options.svg, chartOf(results));
    return results;
  } finally {
    await client.end();
  }
}

async function compareFeatures(dataset: Dataset, peers: readonly Peer[]): Promise<void> {
  const sample = distinctTiles(SAMPLE, dataset.zooms, seededRandom(9));
  console.log(`\n${dataset.name}: tiles beside those of ${peers[0]?.name}`);
  for (const line of await checkPeers(peers, sample)) console.log(`  ${line}`);
}

interface Setting {
  dataset: Dataset;
  databaseUrl: string;
  client: pg.Client;
  options: SuiteOptions;
}

interface Scenario {
  name: string;
  tiles: readonly TileCoord[];
  /**
   * Ours and the baseline are started anew, so that nothing is cached; `warm`: and answer other requests
   * first. Peers from outside keep what they have.
   */
  fresh?: 'new' | 'warm';
  changing?: boolean;
}

async function runScenarios({ dataset, databaseUrl, client, options }: Setting): Promise<Result[]> {
  const results: Result[] = [];
  const given = options.peers.filter((entry) => entry.dataset === dataset.name).map(({ peer }) => peer);
  let servers: Servers | undefined;
  try {
    for (const { name, tiles, fresh, changing } of scenarios(dataset)) {
      if (fresh || !servers) {
        await servers?.stop();
        servers = await startServers(databaseUrl, dataset.table, options.concurrency);
        for (const { template } of servers.peers) await load(template, dataset);
        if (fresh === 'warm') {
          for (const { template } of [...servers.peers, ...given]) await warmUp(template, dataset);
        }
      }
      const peers = [...servers.peers, ...given];
      if (results.length === 0) await compareFeatures(dataset, peers);
      const rows: Result[] = [];
      for (const peer of peers) {
        const stop = changing ? keepChanging(client, dataset) : undefined;
        const before = await cpuOf(client, peer.pid);
        const measured = await measure(peer.template, tiles, options);
        const seconds = cpuSince(before, await cpuOf(client, peer.pid));
        rows.push(resultOf(dataset.name, name, peer.name, measured, seconds));
        await stop?.();
      }
      printScenario(`${dataset.name}, ${name}`, rows);
      results.push(...rows);
    }
  } finally {
    await servers?.stop();
  }
  return results;
}

/** Has the layer loaded and simplified for every zoom, by tiles that no scenario asks for. */
async function load(template: string, { zooms }: Dataset): Promise<void> {
  for (const z of zooms) await fetchTile(tileUrl(template, tileAt(-150, 62, z)));
}

/**
 * Lets a new process compile its code, with tiles of zooms that no scenario asks for: above them, which hold
 * most of the data, and below, of which there are many.
 */
async function warmUp(template: string, { zooms }: Dataset): Promise<void> {
  const [first = 0, last = 0] = [zooms[0], zooms.at(-1)];
  const full = distinctTiles(
    20,
    Array.from({ length: first }, (_, z) => z),
    seededRandom(6),
  );
  const small = distinctTiles(WARM_UP.tiles, [last + 1, last + 2, last + 3], seededRandom(6));
  await measure(template, [...full, ...small], { concurrency: 8, seconds: WARM_UP.seconds });
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
    { name: 'just started', tiles: distinctTiles(TILES, zooms, seededRandom(5)), fresh: 'new' },
    { name: 'cold', tiles: cold, fresh: 'warm' },
    { name: 'warm', tiles: [...cold, ...cold] },
    { name: '10% misses', tiles: mixed },
    { name: 'panning user', tiles: panningWalk(TILES * 2, zooms, seededRandom(4)), fresh: 'warm' },
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

function resultOf(
  dataset: string,
  scenario: string,
  peer: string,
  measured: Measured,
  cpuSeconds: number | undefined,
): Result {
  return {
    dataset,
    scenario,
    peer,
    p50: median(measured.times),
    p99: percentile(measured.times, 99),
    requestsPerSecond: measured.requestsPerSecond,
    largestBytes: measured.largest,
    failures: measured.failures,
    cpuMs: cpuSeconds === undefined ? undefined : (cpuSeconds * 1000) / measured.times.length,
  };
}

function printScenario(title: string, rows: readonly Result[]): void {
  const [first] = rows;
  if (!first) return;
  table(title, [
    ['', 'p50', 'p99', 'p50 faster', 'p99 faster', 'req/s', 'CPU/tile', 'largest', 'failed'],
    ...rows.map((row) => [
      row.peer,
      ms(row.p50),
      ms(row.p99),
      times(first.p50 / row.p50),
      times(first.p99 / row.p99),
      row.requestsPerSecond.toFixed(0),
      row.cpuMs === undefined ? '–' : ms(row.cpuMs),
      `${(row.largestBytes / 1000).toFixed(0)} kB`,
      String(row.failures),
    ]),
  ]);
}

/** Tiles that no cache has: what is asked for again is a matter of caches, which peers may have turned off. */
const CHARTED = ['cold', 'panning user'];

function chartOf(results: readonly Result[]): string {
  const charted = results.filter(({ scenario }) => CHARTED.includes(scenario));
  const names = [...new Set(charted.map((row) => `${row.dataset}, ${row.scenario}`))];
  const groups = names.map((name) => ({
    name,
    rows: charted
      .filter((row) => `${row.dataset}, ${row.scenario}` === name)
      .map(({ peer, p50, p99, cpuMs }): Row => {
        return { label: peer, values: [p50, p99, cpuMs], ours: peer === 'chorograph' };
      }),
  }));
  return barChart(
    'Tiles over HTTP that no cache has (logarithmic, shorter is better)',
    [
      { name: 'median time', unit: 'ms' },
      { name: '99th percentile', unit: 'ms' },
      { name: 'processor time per tile', unit: 'ms' },
    ],
    groups,
  );
}
