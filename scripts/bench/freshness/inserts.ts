import pg from 'pg';
import { pino } from 'pino';
import { openPool } from '../../../server/db/connections/pool.ts';
import { fold, recompute } from '../../../server/refresh/delta/fold.ts';
import { install, planInstall } from '../../../server/refresh/delta/install.ts';
import { deltaPlan } from '../../../server/refresh/delta/plan.ts';
import { ms, table } from '../report.ts';

const INSERTS = 10_000;
const WRITERS = 20;

const plan = deltaPlan('public.inserted_cube', {
  from: 'public.inserted',
  group: { code: 'code' },
  sums: { n: '1', total: 'amount' },
  every: 5_000,
  recompute: '0 3 * * *',
});

/** Inserts of one row each from many connections while the queue is folded: the cube must be what a recount gives. */
export async function benchInserts(databaseUrl: string): Promise<void> {
  const db = openPool({
    connection: { connectionString: databaseUrl },
    kind: 'postgres',
    size: WRITERS + 2,
    waitMs: 60_000,
    statementTimeoutMs: 60_000,
    log: pino({ level: 'silent' }),
  });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      'create table inserted (id int primary key, code text not null, amount numeric not null)',
    );
    await install(db, plan, await planInstall(db, plan));
    const started = performance.now();
    let writing = true;
    const write = async (writer: number): Promise<void> => {
      for (let i = writer; i < INSERTS; i += WRITERS) {
        await db.run({
          text: `insert into inserted values ($1, 'K' || $1::int % 50, $1 % 97 + 0.01)`,
          values: [i],
        });
      }
    };
    const writers = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(i))).finally(
      () => (writing = false),
    );
    let folds = 0;
    while (writing) if ((await fold(db, plan)).rows > 0) folds++;
    await writers;
    await fold(db, plan);
    const spent = performance.now() - started;
    const report = await recompute(db, plan);
    const { rows } = await client.query<{ n: string }>('select sum(n) as n from inserted_cube');
    table(`${INSERTS} inserts of one row over ${WRITERS} connections into a cube kept by deltas`, [
      ['', 'took', 'folds', 'counted', 'differences to a full recompute'],
      ['', ms(spent), String(folds), String(rows[0]?.n), String(report?.drifted)],
    ]);
  } finally {
    await client.end();
    await db.close();
  }
}
