import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { migrate, migrationStatus } from '../../server/db/migrate.ts';
import { openDatabase } from '../../server/db/open.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { backend, newDatabase } from '../support/environment.ts';

const names = readdirSync(projectPath('sql', 'migrations'))
  .map((file) => file.replace(/\.sql$/, ''))
  .sort();

describe('migrations', () => {
  const releasers = new Releasers();
  let connect: () => Promise<pg.Client>;
  before(async () => {
    const config = readConfig(await newDatabase());
    const { connection } = await openDatabase(config, pino({ level: 'silent' }), releasers, () => {});
    connect = async () => {
      const client = new pg.Client(connection);
      await client.connect();
      releasers.push('client', () => client.end());
      return client;
    };
  });
  after(() => releasers.run());

  it('go up, twice at once without harm, down to nothing, and up again', async () => {
    const [one, two] = [await connect(), await connect()];
    await one.query(`create table mine (id int primary key); insert into mine values (1)`);
    const up = (client: pg.Client) => migrate(client, { direction: 'up' });
    // The embedded database has one process, so two never start at once there.
    const runs =
      backend === 'postgres' ? await Promise.all([up(one), up(two)]) : [await up(one), await up(two)];
    assert.deepEqual(runs.flat().sort(), names);
    assert.ok((await migrationStatus(one, names)).every(({ appliedAt }) => appliedAt));

    // A tracked table of a user's own loses its trigger and nothing else.
    await one.query(`select chorograph.track('mine'); insert into mine values (2)`);
    assert.deepEqual((await migrate(one, { direction: 'down', count: names.length })).sort(), names);
    const { rows } = await one.query(
      `select (select count(*)::int from mine) as kept,
        (select count(*)::int from pg_trigger where tgname like 'chorograph%') as triggers,
        (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'chorograph' and c.relname not like 'migration%') as left_over,
        (select count(*)::int from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'chorograph') as functions`,
    );
    assert.deepEqual(rows, [{ kept: 2, triggers: 0, left_over: 0, functions: 0 }]);
    assert.deepEqual((await migrate(one, { direction: 'up' })).sort(), names);
  });

  it('make generations grow with the data, and roll back with it', async () => {
    const client = await connect();
    const generation = async (): Promise<number> => {
      const { rows } = await client.query<{ g: string }>(
        `select generation as g from chorograph.generation where relation = 'public.mine'`,
      );
      return Number(rows[0]?.g);
    };
    await client.query(`select chorograph.track('mine')`);
    const before = await generation();
    await client.query('insert into mine values (10)');
    const inserted = await generation();
    assert.ok(inserted > before);
    await client.query('begin');
    await client.query('update mine set id = 11 where id = 10');
    await client.query('rollback');
    assert.equal(await generation(), inserted);
    await client.query('truncate mine');
    assert.ok((await generation()) > inserted);
    await client.query(`select chorograph.untrack('mine')`);
    assert.ok(Number.isNaN(await generation()));
  });
});
