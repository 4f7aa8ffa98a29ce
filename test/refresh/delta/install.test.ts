import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Database } from '../../../server/db/types.ts';
import { projectPath } from '../../../server/tools/paths.ts';
import { fold, recompute } from '../../../server/refresh/delta/fold.ts';
import { DeltaProblem, inspect, status } from '../../../server/refresh/delta/inspect.ts';
import { install, planInstall, remove } from '../../../server/refresh/delta/install.ts';
import { deltaPlan, type DeltaPlan } from '../../../server/refresh/delta/plan.ts';
import { newServer } from '../../support/environment.ts';
import { BASE, GROUP, run, SUMS } from './support.ts';

/** Everything about a table that an installation could touch. */
const PORTRAIT = `select json_build_object(
  'columns', (select json_agg(json_build_array(attname, atttypid, attnotnull) order by attnum)
              from pg_attribute where attrelid = c.oid and attnum > 0),
  'triggers', (select json_agg(tgname order by tgname) from pg_trigger where tgrelid = c.oid),
  'indexes', (select json_agg(indexrelid::regclass::text order by 1) from pg_index where indrelid = c.oid),
  'options', c.reloptions, 'owner', c.relowner, 'acl', c.relacl::text, 'file', c.relfilenode,
  'comment', obj_description(c.oid)) as portrait
  from pg_class c where c.oid = $1::regclass`;

const spec = { from: 'public.person', group: GROUP, sums: SUMS, every: 5_000, recompute: '0 3 * * *' };
type Spec = Parameters<typeof deltaPlan>[1];
const planOf = (changes: Partial<Spec>, view = 'public.cube'): DeltaPlan =>
  deltaPlan(view, { ...spec, ...changes });

describe('installing a cube kept by deltas', () => {
  let db: Database;
  const put = async (plan: DeltaPlan): Promise<void> =>
    void (await install(db, plan, await planInstall(db, plan)));
  const objects = (): Promise<object[]> =>
    run(
      db,
      `select relname as name from pg_class where relnamespace = 'chorograph'::regnamespace and relkind = 'r'
         and relname !~ '^audit_event_' -- a server makes those of the next month
       union all select proname from pg_proc where pronamespace = 'chorograph'::regnamespace order by 1`,
    );
  const problemsOf = async (plan: DeltaPlan): Promise<string> => {
    const error: unknown = await inspect(db, plan).then(
      () => new Error('nothing was found'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof DeltaProblem, String(error));
    return error.problems.join('\n');
  };

  before(async () => {
    ({
      ctx: { db },
    } = await newServer({
      sql: `${BASE};
        insert into public.person select i, 'K' || i % 3, null, i from generate_series(1, 30) i;
        create view public.person_view as select * from public.person;
        create table public.precious (kode text, kind text, n bigint);
        create materialized view public.old_cube as select kode, count(*) as n from public.person group by 1;
        create schema "Odd";
        create table "Odd"."Some Rows" ("Key" char(3), "order" "char", "select" integer, found boolean, old integer);
        create table public.parted (id integer, kode text, at date) partition by range (at);
        create table public.parted_1 partition of public.parted for values from ('2024-01-01') to ('2025-01-01');
        create table public.parted_2 partition of public.parted for values from ('2025-01-01') to ('2026-01-01')`,
    }));
  });

  it('fills the cube, and when removed leaves the base table and the schema as they were', async () => {
    const plan = planOf({});
    const before = [await run(db, PORTRAIT, ['public.person']), await objects()];
    await put(plan);
    const [filled] = await run(db, 'select count(*)::int as rows, sum(n)::int as n from public.cube');
    assert.deepEqual(filled, { rows: 3, n: 30 });
    assert.notDeepEqual([await run(db, PORTRAIT, ['public.person']), await objects()], before);
    await remove(db, plan);
    assert.deepEqual([await run(db, PORTRAIT, ['public.person']), await objects()], before);
    await run(db, `insert into public.person values (31, 'K1')`);
    const [kept] = await run(db, 'select sum(n)::int as n from public.cube');
    assert.deepEqual(kept, { n: 30 }, 'the cube stays as it was');
    await remove(db, plan);
    await run(db, 'delete from public.person where id = 31');
  });

  it('has nothing to do where it is installed, and starts again where maps.yaml changed', async () => {
    const plan = planOf({});
    await put(plan);
    assert.deepEqual(await planInstall(db, plan), []);
    const changed = planOf({ sums: { ...SUMS, score_sum: 'score * 2' } });
    await assert.rejects(fold(db, changed), /maps.yaml was changed since/);
    await assert.rejects(recompute(db, changed), /maps.yaml was changed since/);
    assert.equal((await status(db, changed)).upToDate, false);
    await put(changed);
    const [row] = await run(db, 'select sum(score_sum)::int as score from public.cube');
    assert.deepEqual(row, { score: 30 * 31 });
    assert.equal((await status(db, changed)).upToDate, true);
    await remove(db, changed);
  });

  it('says how the cube stands', async () => {
    const plan = planOf({});
    assert.equal((await status(db, plan)).installed, false);
    await assert.rejects(fold(db, plan), /it is not installed/);
    await put(plan);
    await run(db, `update public.person set score = score + 1 where id = 1`);
    const found = await status(db, plan);
    assert.deepEqual([found.installed, found.waiting, found.withoutTriggers], [true, 1, []]);
    assert.ok(found.waitingSeconds >= 0 && found.recomputedAt !== undefined);
    await run(db, `alter table public.person disable trigger chorograph_delta_cube_update`);
    assert.deepEqual((await status(db, plan)).withoutTriggers, ['public.person']);
    await remove(db, plan);
  });

  it('goes altogether with the migration that brought it', async () => {
    const plan = planOf({});
    const before = await run(db, PORTRAIT, ['public.person']);
    await put(plan);
    const down = readFileSync(projectPath('sql', 'migrations', '0020_delta.sql'), 'utf8').split(
      '-- Down Migration',
    )[1];
    await assert.rejects(
      db.transaction(async (tx) => {
        await run(tx, down ?? '');
        assert.deepEqual(await run(tx, PORTRAIT, ['public.person']), before);
        assert.deepEqual(
          await run(
            tx,
            `select relname from pg_class where relnamespace = 'chorograph'::regnamespace
            and (relname like 'cube%' or relname like 'delta%')`,
          ),
          [],
        );
        throw new Error('back again');
      }),
      (error: Error) => (error.cause as Error).message === 'back again',
    );
    await remove(db, plan);
  });

  it('keeps two cubes of one table apart', async () => {
    const one = planOf({});
    const two = planOf(
      {
        group: { kode: 'kode', kind: `'all'` },
        sums: { n: '1', score_sum: 'score', money_sum: '0', poor: '0' },
      },
      'public.second',
    );
    await put(one);
    await put(two);
    await run(db, `insert into public.person values (50, 'K0', 'x', 1)`);
    await fold(db, one);
    await remove(db, one);
    await run(db, `insert into public.person values (51, 'K0', 'x', 1)`);
    assert.equal((await fold(db, two)).rows, 2);
    assert.equal((await recompute(db, two))?.drifted, 0);
    await remove(db, two);
    await run(db, 'delete from public.person where id >= 50');
  });

  it('takes odd names, types of fixed length and words of PL/pgSQL', async () => {
    const odd = deltaPlan('Odd.Cube', {
      ...spec,
      from: 'Odd.Some Rows',
      group: { 'Key "1"': '"Key"', order: '"order" -- a comment', new: `coalesce(old, 0)` },
      sums: { count: '1', select: '"Some Rows"."select"', found: 'found::int' },
    });
    await put(odd);
    const insert = `insert into "Odd"."Some Rows" values ('abc', 'x', 1, true, 1), ('abc', 'x', 2, false, 1), ('d', 'y', 3, true, null)`;
    await run(db, insert);
    await run(db, `update "Odd"."Some Rows" set "order" = 'z' where "select" = 1`);
    await fold(db, odd);
    assert.deepEqual(
      await run(
        db,
        `select "Key ""1""" as key, "order", "new", count::int, "select"::int, found::int from "Odd"."Cube" order by 1, 2`,
      ),
      [
        { key: 'abc', order: 'x', new: 1, count: 1, select: 2, found: 0 },
        { key: 'abc', order: 'z', new: 1, count: 1, select: 1, found: 1 },
        { key: 'd  ', order: 'y', new: 0, count: 1, select: 3, found: 1 },
      ],
    );
    assert.equal((await recompute(db, odd))?.drifted, 0);
    await remove(db, odd);
  });

  it('sees statements that name a partition, and says which partitions came later', async () => {
    const parted = deltaPlan('public.parted_cube', {
      ...spec,
      from: 'public.parted',
      group: { kode: 'kode' },
      sums: { n: '1' },
    });
    await put(parted);
    await run(db, `insert into public.parted values (1, 'A', '2024-05-01'), (2, 'A', '2025-05-01')`);
    await run(db, `insert into public.parted_1 values (3, 'A', '2024-06-01')`);
    await run(db, `update public.parted set at = at + 365 where id = 1`);
    await run(db, `delete from public.parted_2 where id = 2`);
    await fold(db, parted);
    assert.deepEqual(await run(db, 'select n::int from public.parted_cube'), [{ n: 2 }]);
    await run(db, 'truncate public.parted_1');
    assert.equal((await fold(db, parted)).recomputed?.expected, 'truncate');
    assert.deepEqual(await run(db, 'select n::int from public.parted_cube'), [{ n: 1 }]);
    await run(
      db,
      `create table public.parted_3 partition of public.parted for values from ('2026-01-01') to ('2027-01-01')`,
    );
    assert.deepEqual((await status(db, parted)).withoutTriggers, ['public.parted_3']);
    await run(db, `insert into public.parted_3 values (9, 'A', '2026-05-01')`);
    await run(db, `insert into public.parted values (10, 'A', '2026-05-01')`);
    await fold(db, parted);
    assert.equal((await recompute(db, parted))?.drifted, 1);
    await remove(db, parted);
  });

  it('lets a writer write who has no right to anything of ours', async () => {
    const plan = planOf({});
    const role = `chorograph_test_writer_${process.pid}`;
    await put(plan);
    await run(db, `create role ${role}`);
    try {
      await run(db, `grant insert on public.person to ${role}`);
      await db
        .transaction(async (tx) => {
          await run(tx, `set local role ${role}`);
          await run(tx, `set local search_path = pg_temp`);
          await run(tx, `insert into public.person (id, kode) values (60, 'K0')`);
          await assert.rejects(run(tx, 'select from chorograph.cube'));
          throw new Error('an error ends the transaction, so this row is not kept');
        })
        .catch(() => {});
      await db.transaction(async (tx) => {
        await run(tx, `set local role ${role}`);
        await run(tx, `insert into public.person (id, kode) values (60, 'K0')`);
      });
      assert.equal((await fold(db, plan)).rows, 1);
      assert.equal((await recompute(db, plan))?.drifted, 0);
    } finally {
      await run(db, `drop owned by ${role}`);
      await run(db, `drop role ${role}`);
      await remove(db, plan);
    }
  });

  describe('refuses', () => {
    const cases: [string, DeltaPlan, RegExp][] = [
      ['what is not there', planOf({ from: 'public.nobody' }), /there is no table public.nobody/],
      ['a view as base', planOf({ from: 'public.person_view' }), /is not a table/],
      [
        'a column that is not there',
        planOf({ group: { kode: 'code', kind: 'kind' } }),
        /kode \(code\): column "code" does not exist/,
      ],
      ['what is no expression', planOf({ group: { kode: 'kode kode', kind: 'kind' } }), /syntax error/],
      [
        'two statements',
        planOf({ group: { kode: 'kode) from public.person; select (1', kind: 'kind' } }),
        /cannot insert multiple commands|syntax error/,
      ],
      ['two columns in one', planOf({ group: { kode: `kode), (kind`, kind: 'kind' } }), /syntax error/],
      [
        'a subquery',
        planOf({ group: { kode: '(select max(kode) from public.person)', kind: 'kind' } }),
        /subquery/,
      ],
      ['an aggregate', planOf({ sums: { n: '1', top: 'max(score)' } }), /aggregate/],
      [
        'what depends on the clock',
        planOf({ group: { kode: 'kode', kind: 'now()::text' } }),
        /depends on more than the row/,
      ],
      [
        'what depends on the time zone',
        planOf({ group: { kode: 'kode', kind: "extract(year from '2024-01-01'::timestamp::timestamptz)" } }),
        /depends on more than the row/,
      ],
      [
        'floating point',
        planOf({ sums: { n: '1', half: 'score / 2.0::float8' } }),
        /half adds up to double precision/,
      ],
      ['what does not add up', planOf({ sums: { n: '1', words: 'note' } }), /sum\(text\)/],
      [
        'a materialized view as cube',
        planOf({ group: { kode: 'kode' } }, 'public.old_cube'),
        /is a materialized view: drop it first/,
      ],
      ['a table of somebody else', planOf({}, 'public.precious'), /is not a cube of ours/],
    ];
    for (const [what, plan, expected] of cases) {
      it(what, async () => assert.match(await problemsOf(plan), expected));
    }

    it('a cube of ours that has other columns', async () => {
      await put(planOf({}));
      await remove(db, planOf({}));
      const other = planOf({ group: { kode: 'kode' } });
      assert.match(await problemsOf(other), /has other columns .*: drop table "public"."cube"/);
    });

    it('everything that is wrong at once', async () => {
      const text = await problemsOf(planOf({ group: { kode: 'code', kind: 'now()::text' } }));
      assert.equal(text.split('\n').length, 2);
    });

    it('and leaves nothing behind', async () => {
      assert.deepEqual(
        await run(
          db,
          `select from pg_class where relname = 'chorograph_probe' or relnamespace = pg_my_temp_schema()`,
        ),
        [],
      );
      assert.deepEqual(await run(db, 'select count(*)::int as n from public.precious'), [{ n: 0 }]);
    });
  });
});
