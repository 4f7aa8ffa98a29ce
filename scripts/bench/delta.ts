import pg from 'pg';
import { pino } from 'pino';
import { openPool } from '../../server/db/connections/pool.ts';
import { migrate } from '../../server/db/migrate.ts';
import type { Database } from '../../server/db/types.ts';
import { fold, recompute } from '../../server/refresh/delta/fold.ts';
import { install, planInstall } from '../../server/refresh/delta/install.ts';
import { deltaPlan } from '../../server/refresh/delta/plan.ts';
import { createDatabase, startCluster } from '../../test/support/cluster.ts';
import { median, ms, table, times } from './report.ts';

/**
 * `npx tsx scripts/bench/delta.ts [rows]`: what the triggers cost a writer, as a ratio of the same writes
 * without them in the same run, and what a fold takes, beside the refresh of a materialized view.
 * Starts a PostgreSQL of its own (fsync off, so the triggers' share is larger than on a real disk).
 */
const ROWS = Number(process.argv[2] ?? 500_000);
const ROUNDS = 21;
const ONE_ROW_STATEMENTS = 300;

const plan = deltaPlan('public.bench_cube', {
  from: 'public.bench_base',
  group: { kode: 'kode', kind: "coalesce(kind, 'x')" },
  sums: { n: '1', score_sum: 'score' },
  every: 5_000,
  recompute: '0 3 * * *',
});

const row = (id: string): string => `${id}, 'K' || (${id}) % 500, 'kind' || (${id}) % 4, (${id}) % 100`;
type Write = (client: pg.Client, base: string) => Promise<void>;
const WRITES: readonly [name: string, write: Write][] = [
  [
    `${ONE_ROW_STATEMENTS} inserts of 1 row`,
    async (client, base) => {
      for (let i = 0; i < ONE_ROW_STATEMENTS; i++) {
        await client.query({
          name: `one into ${base}`,
          text: `insert into public.${base} values ($1::int, 'K' || $1 % 500, 'kind' || $1 % 4, $1 % 100)`,
          values: [-i - 1],
        });
      }
    },
  ],
  ['1 insert of 100 rows', (client, base) => insertMany(client, base, 100)],
  ['1 insert of 20,000 rows', (client, base) => insertMany(client, base, 20_000)],
  [
    '1 update of 20,000 rows',
    async (client, base) => {
      await client.query(`update public.${base} set score = score + 1 where id between 1 and 20000`);
    },
  ],
];

async function insertMany(client: pg.Client, base: string, rows: number): Promise<void> {
  await client.query(`insert into public.${base} select ${row('-i')} from generate_series(1, ${rows}) i`);
}

const cluster = await startCluster();
try {
  const connectionString = await createDatabase(cluster.url('postgres'), 'bench');
  const client = new pg.Client({ connectionString });
  await client.connect();
  await migrate(client, { direction: 'up' });
  for (const base of ['bench_base', 'bench_plain']) {
    await client.query(
      `create table public.${base} (id integer primary key, kode text, kind text, score integer)`,
    );
    await client.query(`insert into public.${base} select ${row('i')} from generate_series(1, ${ROWS}) i`);
    await client.query(`vacuum analyze public.${base}`);
  }
  const db = openPool({
    connection: { connectionString },
    kind: 'postgres',
    size: 4,
    waitMs: 5_000,
    statementTimeoutMs: 600_000,
    log: pino({ level: 'silent' }),
  });
  await benchWrites(client, db);
  await benchFolds(client, db);
  await db.close();
  await client.end();
} finally {
  await cluster.remove();
}

/** Two tables alike, by turns, so that whatever else the machine does meets both. */
async function benchWrites(client: pg.Client, db: Database): Promise<void> {
  await install(db, plan, await planInstall(db, plan));
  const rows = [['', 'without', 'with', 'ratio']];
  for (const [name, write] of WRITES) {
    const spent = { bench_plain: [] as number[], bench_base: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      const order = ['bench_plain', 'bench_base'] as const;
      for (const base of round % 2 === 0 ? order : order.toReversed()) {
        const started = performance.now();
        await write(client, base);
        spent[base].push(performance.now() - started);
        await client.query(`delete from public.${base} where id < 0`);
      }
      await fold(db, plan);
    }
    const [without, withTriggers] = [median(spent.bench_plain), median(spent.bench_base)];
    rows.push([name, ms(without), ms(withTriggers), times(withTriggers / without)]);
  }
  table(`Writes with and without the triggers, median of ${ROUNDS}`, rows);
}

async function benchFolds(client: pg.Client, db: Database): Promise<void> {
  await client.query(
    `create materialized view public.bench_view as select kode, coalesce(kind, 'x') as kind, count(*) as n, sum(score) as score_sum
     from public.bench_base group by 1, 2`,
  );
  await client.query('create unique index on public.bench_view (kode, kind)');
  const folds: string[][] = [];
  for (const deltas of [1, 1_000, 10_000, 100_000]) {
    // As that many statements of one row would leave them.
    await client.query(`insert into chorograph.delta_bench_cube (kode, kind, n, score_sum)
      select 'K' || i % 500, 'kind' || i % 4, 1 - 2 * (i % 2), 0 from generate_series(1, ${deltas}) i`);
    const { rows, ms: took } = await fold(db, plan);
    folds.push([`fold of ${rows} deltas`, ms(took), `${Math.round(rows / (took / 1000))} deltas/s`]);
  }
  const idle = await fold(db, plan);
  const full = await recompute(db, plan);
  const started = performance.now();
  await client.query('refresh materialized view concurrently public.bench_view');
  table(`Folds into a cube of 2,000 rows over ${ROWS} base rows`, [
    ['', 'took', ''],
    ['fold of nothing', ms(idle.ms), ''],
    ...folds,
    ['full recompute', ms(full?.ms ?? NaN), ''],
    ['refresh materialized view concurrently', ms(performance.now() - started), ''],
  ]);
}
