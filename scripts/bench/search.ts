import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { SearchAnswers } from '../../server/search/answers/answers.ts';
import { EVERYTHING } from '../../server/search/sight.ts';
import { startServer } from '../../server/server.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { ms, percentile, table, times } from './report.ts';
import { paced } from './search/load.ts';
import { Names, QUERY_KINDS, type QueryKind, type Village } from './search/names.ts';
import { makeVillages, textbook } from './search/textbook.ts';
import { startProcess } from './server-process.ts';

const MAPS = `search:\n  villages: { table: public.villages, title: name, code: code, context: [district] }\n`;
const SETTINGS = {
  CHOROGRAPH_SCHEDULE: 'false',
  CHOROGRAPH_SEARCH_PER_MINUTE: '1000000',
  CHOROGRAPH_SEARCH_MAX_DOCUMENTS: '2000000',
  CHOROGRAPH_API_KEY: 'a-key-for-the-benchmark',
};
const QUERIES = 400;
const TEXTBOOK_QUERIES = 100;
/** Each of them may read the whole table. */
const FEW = 40;
const STRETCH_MS = 20_000;

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
  const config = readConfig({ ...SETTINGS, DATABASE_URL: databaseUrl, PORT: '0' });
  const server = await startServer({ config, maps: readMaps(MAPS), log: pino({ level: 'silent' }) });
  try {
    await server.ready;
    const started = performance.now();
    const built = await server.ctx.searching.index();
    const seconds = (performance.now() - started) / 1000;
    const rows = [['query', 'p50', 'p95', 'p99', 'textbook p95', 'ratio', 'textbook with % p95', 'ratio']];
    for (const kind of QUERY_KINDS) {
      const queries = Array.from({ length: QUERIES }, () => names.query(kind, villages)).filter(
        (q) => q.length > 1,
      );
      const limit = kind === 'suggest' ? 8 : 20;
      const own = queries.map((q) => {
        // A cache of its own for each: nothing was asked before.
        const answers = new SearchAnswers();
        const at = performance.now();
        answers.of(built, { q, offset: 0, limit }, EVERYTHING, true);
        return performance.now() - at;
      });
      const compared: string[] = [];
      for (const similar of ['similarity()', '%'] as const) {
        const some = queries.slice(0, similar === '%' ? TEXTBOOK_QUERIES : FEW);
        const theirs = await timed(some, (q) => textbook(client, { kind, similar }, q));
        const p95 = percentile(theirs, 95);
        compared.push(ms(p95), times(p95 / percentile(own, 95)));
      }
      rows.push([kind, ...[50, 95, 99].map((p) => ms(percentile(own, p))), ...compared]);
    }
    const rss = Math.round(process.memoryUsage.rss() / 1e6);
    table(
      `Search of ${villages.length} documents, inside the server; built in ${seconds.toFixed(1)} s, ${rss} MB resident`,
      rows,
    );
    await cached(server.url);
  } finally {
    await server.stop();
  }
}

/** A thousand hits that were asked for before, over HTTP. */
async function cached(url: string): Promise<void> {
  const ask = async (): Promise<void> => {
    const answer = await fetch(`${url}/search?q=barat&limit=1000`);
    const { hits } = (await answer.json()) as { hits: unknown[] };
    if (hits.length !== 1000) throw new Error(`${hits.length} hits`);
  };
  await ask();
  const all = await timed(
    Array.from({ length: 100 }, () => ''),
    ask,
  );
  table('1,000 hits from the cache, over HTTP and parsed', [
    ['p50', 'p95'],
    [ms(percentile(all, 50)), ms(percentile(all, 95))],
  ]);
}

async function timed<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  for (const one of list) {
    const at = performance.now();
    await work(one);
    taken.push(performance.now() - at);
  }
  return taken;
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
    const kinds: readonly QueryKind[] = QUERY_KINDS;
    let asked = 0;
    const url = (): string =>
      `${server.url}/search?q=${encodeURIComponent(names.query(kinds[asked++ % 4]!, villages).padEnd(2, 'a'))}`;
    const stretch = async () => {
      const end = performance.now() + STRETCH_MS;
      return paced(url, { perSecond: 200, until: () => performance.now() > end });
    };
    await stretch();
    const quiet = await stretch();
    const before = await builds(server.url);
    const changing = { isOver: false };
    const changes = (async () => {
      for (let i = 0; !changing.isOver; i++) {
        await client.query(`update public.villages set name = 'Kota Hujan ' || $1::text where code = $2`, [
          String(i),
          villages[i]!.code,
        ]);
        await sleep(500);
      }
    })();
    const busy = await stretch();
    changing.isOver = true;
    await changes;
    const rebuilt = (await builds(server.url)) - before;
    table(
      `200 searches a second of ${villages.length} documents, ${rebuilt} rebuilds in ${STRETCH_MS / 1000} s`,
      [
        ['', 'requests', 'failed', 'p50', 'p95', 'p99'],
        ...(
          [
            ['nothing changes', quiet],
            ['rebuilt all the while', busy],
          ] as const
        ).map(([name, load]) => [
          name,
          String(load.times.length),
          String(load.failed),
          ...[50, 95, 99].map((p) => ms(percentile(load.times, p))),
        ]),
      ],
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function builds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/search_builds_total\{outcome="built"\} (\d+)/.exec(text)?.[1] ?? NaN);
}
