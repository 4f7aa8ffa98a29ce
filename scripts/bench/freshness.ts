import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { projectPath } from '../../server/tools/paths.ts';
import { buildExplorer, launchBrowser, noBrowser } from '../../test/web/browser.ts';
import { WatchedMap } from './freshness/browser.ts';
import { closedLoop, type TimedRead } from './freshness/closed-loop.ts';
import { makeData, MAPS, nextRound, REGIONS } from './freshness/data.ts';
import { benchInserts } from './freshness/inserts.ts';
import { PATHS, Reader, verify, type Read } from './freshness/reader.ts';
import { commitTime, firstCorrect, generation, refresh } from './freshness/spread.ts';
import { median, ms, percentile, table, times } from './report.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const KEY = 'a-key-for-the-benchmark';
/** Requests a second, over both servers. */
const RATE = 100;
/** A stretch of reading; with and without refreshes take turns, so that what else the machine does meets both. */
const STRETCH_MS = 6_000;
const STRETCHES = 5;
/** From the end of a refresh to the next. */
const PAUSE_MS = 1_000;
/** `autocannon`: connections over both servers, and its stretches; a refresh begins every few seconds of every other. */
const CONNECTIONS = 10;
const CLOSED_STRETCH_MS = 12_000;
const CLOSED_STRETCHES = 4;
const REFRESH_EVERY_MS = 4_000;
/** What is sent this long after a refresh still counts as sent during it: its data is made into answers then. */
const AFTER_MS = 1_000;
const SPREAD_ROUNDS = 40;
const BROWSER_ROUNDS = 30;

/**
 * `npm run bench -- freshness`: what a refresh costs readers, and how long its data takes to reach them. Two
 * servers, each a process of its own (`npm run build` first), over a million base rows and 500 regions.
 */
export async function benchFreshness(databaseUrl: string): Promise<void> {
  if (!existsSync(projectPath('dist', 'server', 'main.js'))) throw new Error('run `npm run build` first');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  const servers: ServerProcess[] = [];
  try {
    await makeData(client);
    const maps = join(folder, 'maps.yaml');
    await writeFile(maps, MAPS);
    for (let i = 0; i < 2; i++) {
      servers.push(
        await startServerProcess({
          DATABASE_URL: databaseUrl,
          CHOROGRAPH_MAPS: maps,
          CHOROGRAPH_API_KEY: KEY,
          CHOROGRAPH_SCHEDULE: 'false',
        }),
      );
    }
    const bench = new Bench(client, servers);
    console.log(`\n1,000,000 base rows, ${REGIONS} regions, two servers, ${cpus().length} processors`);
    await bench.readers();
    await bench.autocannon();
    await bench.spread();
    if (noBrowser === undefined) await bench.browser();
    else console.log(`\nNot measured: the browser (${noBrowser})`);
    await benchInserts(databaseUrl);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await client.end();
    await rm(folder, { recursive: true, force: true });
  }
}

class Bench {
  readonly #client: pg.Client;
  readonly #servers: readonly ServerProcess[];
  #round = 0;

  constructor(client: pg.Client, servers: readonly ServerProcess[]) {
    this.#client = client;
    this.#servers = servers;
  }

  /** What readers see with and without refreshes. */
  async readers(): Promise<void> {
    await this.#refresh(); // the first is not skipped, and everything is compiled
    const reader = new Reader(
      this.#servers.map(({ url }) => url),
      RATE,
    );
    await reader.during(() => sleep(2_000));
    await this.#eventLoopLags(); // reading them begins them anew
    const quiet: Read[] = [];
    const busy: Read[] = [];
    const runs: number[] = [];
    for (let i = 0; i < STRETCHES; i++) {
      quiet.push(...(await reader.during(() => sleep(STRETCH_MS))));
      busy.push(
        ...(await reader.during(async () => {
          for (const started = performance.now(); performance.now() - started < STRETCH_MS;) {
            runs.push(await this.#refresh());
            await sleep(PAUSE_MS);
          }
        })),
      );
    }
    reader.close();
    const row = (name: string, reads: readonly Read[]): string[] => {
      const { checked, errors, mixed, rounds } = verify(reads);
      const spent = reads.map((read) => read.ms);
      const shown = [50, 99].map((p) => ms(percentile(spent, p)));
      return [
        name,
        String(reads.length),
        ...shown,
        ms(Math.max(...spent)),
        String(errors),
        `${mixed} of ${checked}`,
        String(rounds),
      ];
    };
    table(`Readers at ${RATE} requests a second; ${runs.length} refreshes of ${ms(median(runs))}`, [
      ['', 'requests', 'p50', 'p99', 'longest', 'errors', 'mixed', 'generations'],
      row('no refresh', quiet),
      row('refreshes', busy),
    ]);
    const p99 = (reads: readonly Read[]): number =>
      percentile(
        reads.map((read) => read.ms),
        99,
      );
    console.log(`  p99 with refreshes / without: ${times(p99(busy) / p99(quiet))} (bound: 2×)`);
    console.log(`  event loops late at p99: ${(await this.#eventLoopLags()).map(ms).join(', ')}`);
  }

  /** What `autocannon` sees with and without refreshes, in closed loops that keep all processors busy. */
  async autocannon(): Promise<void> {
    const urls = this.#servers.map(({ url }) => url);
    const quiet: TimedRead[] = [];
    const busy: TimedRead[] = [];
    const spans: { from: number; to: number }[] = [];
    const errors = { quiet: 0, busy: 0 };
    await closedLoop(urls, PATHS, CONNECTIONS, () => sleep(2_000));
    for (let i = 0; i < CLOSED_STRETCHES; i++) {
      const without = await closedLoop(urls, PATHS, CONNECTIONS, () => sleep(CLOSED_STRETCH_MS));
      for (const read of without.reads) quiet.push(read);
      errors.quiet += without.errors;
      const withThem = await closedLoop(urls, PATHS, CONNECTIONS, async () => {
        for (const end = performance.now() + CLOSED_STRETCH_MS; performance.now() < end;) {
          const next = sleep(REFRESH_EVERY_MS);
          await nextRound(this.#client, ++this.#round);
          const from = performance.now();
          await refresh(urls[this.#round % 2]!, KEY);
          spans.push({ from, to: performance.now() + AFTER_MS });
          await next;
        }
      });
      for (const read of withThem.reads) busy.push(read);
      errors.busy += withThem.errors;
    }
    const during = busy.filter(({ at }) => spans.some(({ from, to }) => at >= from && at <= to));
    const of = (reads: readonly TimedRead[], p: number): number =>
      percentile(
        reads.map((read) => read.ms),
        p,
      );
    const row = (name: string, reads: readonly TimedRead[], failed: string): string[] => [
      name,
      String(reads.length),
      ...[50, 99, 99.9].map((p) => ms(of(reads, p))),
      failed,
    ];
    const title = `autocannon, ${CONNECTIONS} connections; a refresh every ${REFRESH_EVERY_MS / 1000} s, ${spans.length} in all`;
    table(title, [
      ['', 'requests', 'p50', 'p99', 'p99.9', 'errors'],
      row('no refresh', quiet, String(errors.quiet)),
      row('refreshes, all of the time', busy, String(errors.busy)),
      row(`sent during a refresh or ${AFTER_MS / 1000} s after`, during, ''),
    ]);
    console.log(`  p99, all of the time / without: ${times(of(busy, 99) / of(quiet, 99))} (bound: 2×)`);
    console.log(`  p99, during a refresh / without: ${times(of(during, 99) / of(quiet, 99))} (bound: 2×)`);
  }

  #eventLoopLags(): Promise<number[]> {
    const lagOf = async ({ url }: ServerProcess): Promise<number> => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]) * 1000;
    };
    return Promise.all(this.#servers.map(lagOf));
  }

  /** From the commit of a refresh until each server sends the new values. */
  async spread(): Promise<void> {
    const spent: number[][] = this.#servers.map(() => []);
    for (let i = 0; i < SPREAD_ROUNDS; i++) {
      const { committed, correct } = await this.#measured(i);
      for (const [each, at] of correct.entries()) spent[each]?.push(at - committed);
    }
    table(`From the commit of a refresh to the first correct bytes, ${SPREAD_ROUNDS} refreshes`, [
      ['', 'p50', 'p95', 'longest'],
      ...spent.map((values, i) => [
        `server ${i + 1}`,
        ...[50, 95, 100].map((p) => ms(percentile(values, p))),
      ]),
    ]);
    console.log('  bound: p95 250 ms');
  }

  /** From the commit of a refresh until a browser shows it. */
  async browser(): Promise<void> {
    await buildExplorer();
    const browser = await launchBrowser();
    try {
      const map = await WatchedMap.open(browser, this.#servers[1]!.url);
      const tiles = (): number => map.requests.filter((url) => url.includes('/tiles/')).length;
      const before = tiles();
      const spent: number[] = [];
      let color = await map.expected();
      await map.shown(color);
      for (let i = 0; i < BROWSER_ROUNDS; i++) {
        const { committed } = await this.#measured(i);
        const next = await map.expected();
        const at = await map.shown(next);
        if (next !== color) spent.push(at - committed); // else the region kept its class
        color = next;
      }
      table('From the commit of a refresh to a repainted map in Chromium, WebGL in software', [
        ['', 'p50', 'p95', 'longest', 'tiles loaded'],
        [
          `${spent.length} repaints`,
          ...[50, 95, 100].map((p) => ms(percentile(spent, p))),
          String(tiles() - before),
        ],
      ]);
      console.log('  bound: 1 s');
    } finally {
      await browser.close();
    }
  }

  /** A refresh by one of the servers, in turn. Its time in ms. */
  async #refresh(): Promise<number> {
    await nextRound(this.#client, ++this.#round);
    const started = performance.now();
    await refresh(this.#servers[this.#round % 2]!.url, KEY);
    return performance.now() - started;
  }

  /** A refresh by server `i`: when it was committed, and when each server first sent its values. */
  async #measured(i: number): Promise<{ committed: number; correct: number[] }> {
    await nextRound(this.#client, ++this.#round);
    const before = await generation(this.#client);
    const [, committed, ...correct] = await Promise.all([
      refresh(this.#servers[i % 2]!.url, KEY),
      commitTime(this.#client, before),
      ...this.#servers.map(({ url }) => firstCorrect(url, this.#round % REGIONS)),
    ]);
    return { committed, correct };
  }
}
