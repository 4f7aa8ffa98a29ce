import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { SearchAnswers } from '../../server/search/answers/answers.ts';
import type { Built } from '../../server/search/searching.ts';
import { EVERYTHING } from '../../server/search/sight.ts';
import { startServer } from '../../server/server.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { median, ms, percentile, table, times } from './report.ts';
import { paced } from './search/load.ts';
import { Names, QUERY_KINDS, type QueryKind, type Village } from './search/names.ts';
import { makeVillages, textbook } from './search/textbook.ts';
import { startProcess } from './server-process.ts';

const MAPS = `search:\n  villages: { table: public.villages, title: name, code: code, context: [district] }\n`;
const SETTINGS = {
  CHOROGRAPH_SCHEDULE: 'false',
  CHOROGRAPH_DEMO: 'false',
  CHOROGRAPH_SEARCH_PER_MINUTE: '1000000',
  CHOROGRAPH_SEARCH_MAX_DOCUMENTS: '2000000',
  CHOROGRAPH_API_KEY: 'a-key-for-the-benchmark',
};
const QUERIES = 1_000;
const WARM = 200;
/** Queries of the textbook: as many as fit in this time, since some of a large table take a second each. */
const TEXTBOOK_QUERIES = 300;
const TEXTBOOK_MS = 8_000;
const STRETCH_MS = 20_000;
const PER_SECOND = 200;
const ROUNDS = 3;
/** So much longer than that a stretch takes until there was a new index in it. */
const MOST_MS = 30_000;
/** Rows that change, and how often: of more than 5,000 changed rows the whole table is read, and the whole index made anew. */
const CHANGING = [
  { name: 'nothing changes', rows: 0, everyMs: 0 },
  { name: 'a row changes, 4 times a second', rows: 1, everyMs: 250 },
  { name: '6,000 rows change, every 2 s: all is made anew', rows: 6_000, everyMs: 2_000 },
] as const;

/**
 * `npm run bench -- search [--documents 100000,1000000]`: searches inside the server, uncached, beside the textbook way
 * in PostgreSQL; and at the smallest size, what readers feel while the index is built again and again.
 */
export async function benchSearch(databaseUrl: string, sizes: readonly number[]): Promise<void> {
  for (const [i, size] of sizes.entries()) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const names = new Names();
      const villages = names.villages(size);
      await client.query(
        'drop schema if exists chorograph, textbook cascade; drop table if exists public.villages',
      );
      await makeVillages(client, villages);
      await compare(client, databaseUrl, names, villages);
      if (i === 0) await rebuilding(client, databaseUrl, names, villages);
    } finally {
      await client.end();
    }
  }
}

async function compare(client: pg.Client, databaseUrl: string, names: Names, villages: readonly Village[]) {
  // Without tables of its own: a million documents that are being written would be measured, too.
  const readOnly = new URL(databaseUrl);
  readOnly.searchParams.set('options', '-c default_transaction_read_only=on');
  const config = readConfig({ ...SETTINGS, DATABASE_URL: readOnly.href, PORT: '0' });
  const server = await startServer({ config, maps: readMaps(MAPS), log: pino({ level: 'silent' }) });
  try {
    await server.ready;
    const started = performance.now();
    const built = await server.ctx.searching.index();
    const seconds = (performance.now() - started) / 1000;
    const rows = [['query', 'p50', 'p95', 'p99', 'textbook p50', 'p95', 'ratio of p95']];
    for (const kind of QUERY_KINDS)
      rows.push(await compareKind(client, built, kind, () => names.query(kind, villages)));
    const { rss, arrayBuffers } = process.memoryUsage();
    const [whole, arrays] = [rss, arrayBuffers].map((bytes) => Math.round(bytes / 1e6));
    table(
      `Search of ${villages.length} documents, inside the server; read and built in ${seconds.toFixed(1)} s, ${arrays} MB of arrays, ${whole} MB resident with the benchmark`,
      rows,
    );
    await cached(server.url);
  } finally {
    await server.stop();
  }
}

/** Ours, uncached, and the textbook's: words first, then `%` with a GIN index of trigrams. */
async function compareKind(
  client: pg.Client,
  built: Built,
  kind: QueryKind,
  next: () => string,
): Promise<string[]> {
  const limit = kind === 'suggest' ? 8 : 20;
  const all = Array.from({ length: WARM + QUERIES }, next).filter((q) => q.length > 1);
  const own = all.map((q) => {
    // A cache of its own for each: nothing was asked before.
    const answers = new SearchAnswers();
    const at = performance.now();
    answers.of(built, { q, offset: 0, limit }, EVERYTHING, true);
    return performance.now() - at;
  });
  const measured = own.slice(WARM);
  const theirs: number[] = [];
  const end = performance.now() + TEXTBOOK_MS;
  for (const q of all.slice(WARM, WARM + TEXTBOOK_QUERIES)) {
    if (performance.now() > end) break;
    const at = performance.now();
    await textbook(client, { kind, limit }, q);
    theirs.push(performance.now() - at);
  }
  return [
    kind,
    ...[50, 95, 99].map((p) => ms(percentile(measured, p))),
    ...[50, 95].map((p) => ms(percentile(theirs, p))),
    times(percentile(theirs, 95) / percentile(measured, 95)),
  ];
}

/** A thousand hits that were asked for before, over HTTP. */
async function cached(url: string): Promise<void> {
  const ask = async (): Promise<void> => {
    const answer = await fetch(`${url}/search?q=barat&limit=1000`);
    const { hits } = (await answer.json()) as { hits: unknown[] };
    if (hits.length !== 1000) throw new Error(`${hits.length} hits`);
  };
  const all: number[] = [];
  for (let i = 0; i < 120; i++) {
    const at = performance.now();
    await ask();
    if (i >= 20) all.push(performance.now() - at);
  }
  table('1,000 hits from the cache, over HTTP and parsed', [
    ['p50', 'p95'],
    [ms(median(all)), ms(percentile(all, 95))],
  ]);
}

/** A server in a process of its own, 200 different searches a second, while rows change and the index with them. */
async function rebuilding(
  client: pg.Client,
  databaseUrl: string,
  names: Names,
  villages: readonly Village[],
) {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  await writeFile(join(folder, 'maps.yaml'), MAPS);
  const server = await startProcess(['--import', 'tsx', projectPath('server', 'main.ts')], {
    ...SETTINGS,
    PORT: '0',
    LOG_LEVEL: 'warn',
    DATABASE_URL: databaseUrl,
    CHOROGRAPH_MAPS: join(folder, 'maps.yaml'),
  });
  try {
    await client.query(`select chorograph.track('public.villages')`);
    await fetch(`${server.url}/search?q=barat`);
    let asked = 0;
    const url = (): string => {
      const kind = QUERY_KINDS[asked++ % QUERY_KINDS.length]!;
      return `${server.url}/search?q=${encodeURIComponent(names.query(kind, villages).padEnd(2, 'a'))}`;
    };
    const stretch = async (stretchMs: number, isOver = () => true) => {
      const end = performance.now() + stretchMs;
      const latest = end + MOST_MS;
      const until = () => performance.now() > end && (isOver() || performance.now() > latest);
      return paced(url, { perSecond: PER_SECOND, until });
    };
    // The first documents are being written meanwhile: nobody measures that.
    await Promise.all([stretch(STRETCH_MS / 2), kept(client, villages.length)]);
    const loads = CHANGING.map(() => ({ times: [] as number[], failed: 0, rebuilt: 0 }));
    // In turns: what else the machine does is in each of them.
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, { rows, everyMs }] of CHANGING.entries()) {
        const before = await builds(server.url);
        const changing = new AbortController();
        let rebuilt = 0;
        const counting = setInterval(() => {
          void builds(server.url).then((now) => (rebuilt = now - before));
        }, 500);
        const changes = change(client, villages, { rows, everyMs, signal: changing.signal });
        const { times: taken, failed } = await stretch(STRETCH_MS / ROUNDS, () => rows === 0 || rebuilt > 0);
        clearInterval(counting);
        loads[i]!.times.push(...taken);
        loads[i]!.failed += failed;
        loads[i]!.rebuilt += (await builds(server.url)) - before;
        changing.abort();
        await changes;
        await settled(server.url);
      }
    const [quiet] = loads;
    table(
      `${PER_SECOND} searches a second of ${villages.length} documents, for ${STRETCH_MS / 1000} s and more each`,
      [
        ['', 'new indexes', 'requests', 'failed', 'p50', 'p95', 'p99', 'ratio of p99'],
        ...loads.map(({ times: taken, failed, rebuilt }, i) => [
          CHANGING[i]!.name,
          String(rebuilt),
          String(taken.length),
          String(failed),
          ...[50, 95, 99].map((p) => ms(percentile(taken, p))),
          times(percentile(taken, 99) / percentile(quiet!.times, 99)),
        ]),
      ],
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Change {
  readonly rows: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Renames rows again and again. */
async function change(
  client: pg.Client,
  villages: readonly Village[],
  { rows, everyMs, signal }: Change,
): Promise<void> {
  while (rows > 0 && !signal.aborted) {
    const from = Math.floor(Math.random() * (villages.length - rows));
    const codes = villages.slice(from, from + rows).map(({ code }) => code);
    await client.query(
      `update public.villages set name = 'Kota Hujan ' || substr(md5(random()::text), 1, 6) where code = any ($1)`,
      [codes],
    );
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** Waits until there is no other index for a while. */
async function settled(url: string): Promise<void> {
  for (let before = NaN, now = 0; before !== now; before = now, now = await builds(url)) await sleep(6_000);
}

/** Waits until so many documents are in the table. */
async function kept(client: pg.Client, documents: number): Promise<void> {
  const end = performance.now() + 60_000;
  for (let count = 0; count < documents && performance.now() < end; await sleep(500)) {
    const { rows } = await client.query<{ count: number }>(
      'select coalesce(sum(documents), 0)::int as count from chorograph.search_source',
    );
    count = rows[0]!.count;
  }
}

async function builds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/search_builds_total\{outcome="built"\} (\d+)/.exec(text)?.[1] ?? NaN);
}
