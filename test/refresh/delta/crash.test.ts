import assert from 'node:assert/strict';
import { pino } from 'pino';
import { openPool } from '../../../server/db/connections/pool.ts';
import type { Database } from '../../../server/db/types.ts';
import { migrate } from '../../../server/db/migrate.ts';
import { fold } from '../../../server/refresh/delta/fold.ts';
import { install, planInstall } from '../../../server/refresh/delta/install.ts';
import { createDatabase, startCluster, withClient, type Cluster } from '../../support/cluster.ts';
import { onPostgres } from '../../support/environment.ts';
import { assertFolded, BASE, failingAt, plan, run } from './support.ts';

onPostgres('a cube kept by deltas, when PostgreSQL crashes', () => {
  let cluster: Cluster;
  let db: Database;

  before(async function () {
    cluster = await startCluster();
    const url = await createDatabase(cluster.url('postgres'), 'crash');
    await withClient(url, async (client) => {
      await migrate(client, { direction: 'up' });
      await client.query(BASE);
    });
    db = openPool({
      connection: { connectionString: url },
      kind: 'postgres',
      size: 4,
      waitMs: 5_000,
      statementTimeoutMs: 10_000,
      log: pino({ level: 'silent' }),
    });
    await install(db, plan, await planInstall(db, plan));
  });
  after(async () => {
    await db?.close();
    await cluster?.remove();
  });

  it('keeps what was queued, and undoes a fold that was under way', async function () {
    await run(db, `insert into public.person select i, 'K' || i % 3, null, i from generate_series(1, 30) i`);
    await run(db, `delete from public.person where id > 20`);
    // The fold has taken the deltas and changed the cube, but not committed.
    await assert.rejects(
      fold(
        failingAt(db, /set folded_at/, () => cluster.stop('immediate')),
        plan,
      ),
    );
    await cluster.start();
    const [waiting] = await run(db, 'select count(*)::int as rows from chorograph.delta_person_cube');
    assert.deepEqual(waiting, { rows: 6 });
    await assertFolded(db);
    assert.deepEqual(await run(db, 'select sum(n)::int as n from public.person_cube'), [{ n: 20 }]);
  });
});
