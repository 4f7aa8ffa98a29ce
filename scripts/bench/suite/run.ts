import type pg from 'pg';
import { untilWhole } from '../layer-files.ts';
import { ms } from '../report.ts';
import { checkPeers } from './check.ts';
import type { Dataset } from './data.ts';
import { ask, loadOf } from './load.ts';
import { measure } from './measure.ts';
import type { Peer, SuiteOptions } from './options.ts';
import { scenarioTable, startTable, type Table } from './print.ts';
import { memoryOf, type Memory } from './process-tree.ts';
import { cpuOf, cpuSince } from './processor.ts';
import type { Progress } from './progress.ts';
import { compared, comparedStarts, resultOf, type Result, type Round, type Start } from './results.ts';
import { cached, changing, firstTiles, sampleOf, uncached, warmUp, type Scenario } from './scenarios.ts';
import { programsWithCaches, start, type Place, type Program, type RunningServer } from './servers.ts';

/** A run of the suite, and what it has found so far. */
export interface Run {
  place: Place;
  client: pg.Client;
  options: SuiteOptions;
  programs: readonly Program[];
  progress: Progress;
  results: Result[];
  starts: Start[];
  tables: Table[];
}

interface Measured extends Peer {
  ours?: boolean;
  comparable: boolean;
}

/** Long enough for V8 to compile what runs often. */
const WARM_UP = { connections: 8, seconds: 3 };
const FIRST = { concurrency: 8, seconds: 10 };
/** A layer that takes longer to be prepared, or that is not for memory, is measured as it is. */
const PREPARING_MS = 60_000;

/** Measurements of one data set, for the progress. */
export function stepsOf({ programs, options, place }: Pick<Run, 'programs' | 'options' | 'place'>): number {
  const peers = options.peers.filter(({ dataset }) => dataset === options.only[0]).length;
  const { connections } = options;
  const uncachedRows = 2 * connections.length + 1;
  const withCaches = programsWithCaches(place, options);
  const prepared = [...programs, ...withCaches].filter(({ preparesIn }) => preparesIn !== undefined).length;
  return (
    2 * programs.length + (programs.length + peers) * (uncachedRows + 1) + withCaches.length * 4 + prepared
  );
}

export async function runDataset(run: Run, dataset: Dataset): Promise<void> {
  const running: RunningServer[] = [];
  try {
    const started: Omit<Start, 'memory' | 'behind'>[] = [];
    const atRest: Memory[] = [];
    const justStarted: Round[] = [];
    for (const program of run.programs) {
      const { server, firstTileMs, round } = await startTwice(run, program, dataset);
      running.push(server);
      justStarted.push(round);
      atRest.push(memoryOf(server.pid));
      const { name: peer, settings, ours = false } = program;
      started.push({ dataset: dataset.name, peer, ours, settings, firstTileMs });
    }
    const given = run.options.peers.filter((entry) => entry.dataset === dataset.name).map(({ peer }) => peer);
    const peers = await checked(dataset, [...running, ...given]);
    tell(
      run,
      `${dataset.name}, just started`,
      running.map(({ name: peer, ours }, i) => {
        const { comparable = true } = peers.find(({ name }) => name === peer) ?? {};
        const row = { dataset: dataset.name, scenario: 'just started', connections: FIRST.concurrency };
        return resultOf({ ...row, peer, ours, comparable }, [justStarted[i] as Round]);
      }),
    );
    await prepared(run, dataset, running);
    for (const { template } of peers) await ask(template, warmUp(dataset), WARM_UP);
    for (const scenario of uncached(dataset)) await runScenario(run, dataset, peers, scenario);
    const memory = running.map(({ pid }, i) => [atRest[i] as Memory, memoryOf(pid)] as const);
    const starts = comparedStarts(
      started.map((one, i) => ({ ...one, memory: memory[i] as Start['memory'], behind: [] })),
    );
    run.starts.push(...starts);
    run.tables.push(startTable(`${dataset.name}: starts and memory`, starts));
    await runWithCaches(run, dataset, peers, running);
  } finally {
    for (const server of running) await server.stop();
  }
}

/** A server that was started before; what it was asked for the first time are tiles, once each. */
async function startTwice(
  { progress, client }: Run,
  program: Program,
  dataset: Dataset,
): Promise<{ server: RunningServer; firstTileMs: [number, number]; round: Round }> {
  const first = await start(program, dataset.table);
  progress.step(`${dataset.name}: first tile of ${program.name} after ${ms(first.firstTileMs)}`);
  const before = await cpuOf(client, first.pid);
  const load = loadOf(await measure(first.template, firstTiles(dataset), FIRST));
  const round = { load, cost: cpuSince(before, await cpuOf(client, first.pid)) };
  await first.stop();
  const server = await start(program, dataset.table);
  progress.step(`${dataset.name}: at its next start after ${ms(server.firstTileMs)}`);
  return { server, firstTileMs: [first.firstTileMs, server.firstTileMs], round };
}

/**
 * Waits for what ours prepares of a layer in a thread beside its first answers: what is measured from here on is what it does from then
 * on. Those with caches have a folder of their own, and so prepare it again.
 */
async function prepared(
  { progress, starts }: Run,
  dataset: Dataset,
  running: readonly RunningServer[],
): Promise<void> {
  const layers = new Set(starts.map((start) => start.dataset)).add(dataset.name).size;
  for (const { name, preparesIn } of running) {
    if (preparesIn === undefined) continue;
    const began = performance.now();
    const isWhole = await untilWhole(preparesIn, layers, PREPARING_MS);
    const after = ms(performance.now() - began);
    progress.step(
      `${dataset.name}: ${name} ${isWhole ? 'prepared all of the layer' : 'prepared not all'} in ${after} more`,
    );
  }
}

async function checked(dataset: Dataset, peers: readonly (Peer & { ours?: boolean })[]): Promise<Measured[]> {
  const checks = await checkPeers(peers, sampleOf(dataset));
  console.log(`\n${dataset.name}: tiles beside those of ${peers[0]?.name ?? ''}`);
  for (const [name, { verdict }] of checks) console.log(`  ${name}: ${verdict}`);
  return peers.map((peer) => ({ ...peer, comparable: checks.get(peer.name)?.comparable ?? true }));
}

/** Servers that keep what they made, beside those that have nothing to keep it in. */
async function runWithCaches(
  run: Run,
  dataset: Dataset,
  peers: readonly Measured[],
  running: RunningServer[],
): Promise<void> {
  const keeping: Measured[] = [];
  for (const program of programsWithCaches(run.place, run.options)) {
    const server = await start(program, dataset.table);
    running.push(server);
    keeping.push({
      ...server,
      comparable: peers.find(({ name }) => name === server.name)?.comparable ?? true,
    });
  }
  await prepared(run, dataset, running.slice(-keeping.length));
  for (const scenario of cached(dataset)) {
    // Often enough for each of several processes to have all of them.
    for (const { template } of keeping) {
      await ask(template, scenario.tiles, { ...WARM_UP, encoding: scenario.encoding });
    }
    await runScenario(run, dataset, keeping, scenario);
  }
  const ours = keeping.filter(({ ours }) => ours);
  await runScenario(
    run,
    dataset,
    [...ours, ...peers.filter(({ ours }) => !ours)],
    changing(dataset),
    keepChanging,
  );
}

async function runScenario(
  run: Run,
  dataset: Dataset,
  peers: readonly Measured[],
  scenario: Scenario,
  meanwhile?: (client: pg.Client, dataset: Dataset) => () => Promise<void>,
): Promise<void> {
  const rows: Result[] = [];
  for (const connections of scenario.connections ?? run.options.connections) {
    const rounds = new Map(peers.map(({ name }) => [name, [] as Round[]]));
    // In turn, so that what else the machine does hits all alike.
    for (let round = 0; round < run.options.rounds; round++) {
      for (const peer of peers) {
        const stop = meanwhile?.(run.client, dataset);
        rounds.get(peer.name)?.push(await runOnce(run, peer, scenario, connections));
        await stop?.();
      }
    }
    for (const { name: peer, ours = false, comparable } of peers) {
      const row = { dataset: dataset.name, scenario: scenario.name, connections, peer, ours, comparable };
      const result = resultOf(row, rounds.get(peer) ?? []);
      rows.push(result);
      run.progress.step(
        `${dataset.name}, ${scenario.name}, ${connections} connections, ${peer}: ${result.requestsPerSecond.toFixed(0)} req/s, p50 ${ms(result.p50)}, p99 ${ms(result.p99)}`,
      );
    }
  }
  tell(run, `${dataset.name}, ${scenario.name}`, rows);
}

function tell(run: Run, title: string, rows: readonly Result[]): void {
  const results = compared(rows);
  run.results.push(...results);
  run.tables.push(scenarioTable(title, results));
}

async function runOnce(
  { client, options }: Run,
  { template, pid }: Peer,
  { tiles, encoding }: Scenario,
  connections: number,
): Promise<Round> {
  const before = await cpuOf(client, pid);
  const load = await ask(template, tiles, { connections, seconds: options.seconds, encoding });
  return { load, cost: cpuSince(before, await cpuOf(client, pid)) };
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
