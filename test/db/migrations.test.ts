import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { migrate, migrationStatus } from '../../server/db/migrate.ts';
import { openDatabase } from '../../server/db/connections/open.ts';
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

  it('keep matches of names while a cube is made of them, and come and go otherwise', async () => {
    const client = await connect();
    const count = names.length - names.indexOf('0056_place_matches');
    const down = () => migrate(client, { direction: 'down', count });
    const up = () => migrate(client, { direction: 'up' });
    await client.query(
      `insert into chorograph.place_match values ('kabupaten', 'Bogor', '', '3201', 'confirmed');
      create materialized view matched_cube as select code from chorograph.place_match`,
    );
    await assert.rejects(down());
    const { rows } = await client.query('select code from matched_cube natural join chorograph.place_match');
    assert.deepEqual(rows, [{ code: '3201' }]);
    await client.query('drop materialized view matched_cube');
    // What came after it may have gone down before the refusal.
    await up();
    for (let again = 0; again < 2; again++) {
      assert.ok((await down()).includes('0056_place_matches'));
      const { rows: gone } = await client.query(`select to_regclass('chorograph.place_match') as matches`);
      assert.deepEqual(gone, [{ matches: null }]);
      await up();
    }
    await assert.rejects(
      client.query(`insert into chorograph.place_match values ('kabupaten', 'Bogor', '', '3201', 'guessed')`),
    );
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

  it('go up where one of a lower number came later', async () => {
    const client = await connect();
    await migrate(client, { direction: 'up' });
    // As if it had not been there when those after it were applied.
    const [up = '', down = ''] = (
      await readFile(projectPath('sql', 'migrations', '0043_audit.sql'), 'utf8')
    ).split('-- Down Migration');
    assert.match(up, /audit_event/);
    await client.query(down);
    await client.query(`delete from chorograph.migration where name = '0043_audit'`);
    assert.deepEqual(await migrate(client, { direction: 'up' }), ['0043_audit']);
  });
});
