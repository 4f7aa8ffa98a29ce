import assert from 'node:assert/strict';
import type { Database } from '../../../server/db/types.ts';
import { fold, recompute } from '../../../server/refresh/delta/fold.ts';
import { deltaPlan, type DeltaPlan } from '../../../server/refresh/delta/plan.ts';
import {
  assertFolded,
  cubeRows,
  failingAt,
  newCube,
  plan,
  powerCut,
  run,
  sharedCube,
  trueRows,
} from './support.ts';

describe('a cube kept by deltas', () => {
  let db: Database;
  before(async () => {
    db = await sharedCube();
  });
  beforeEach(async () => {
    await run(db, 'delete from public.person');
    await assertFolded(db);
    assert.deepEqual(await cubeRows(db), []);
  });

  it('is what a count of the base table is, after each kind of statement', async () => {
    for (const statement of [
      `insert into public.person values (1, 'A', 'poor', 10, 1.50), (2, 'A', null, null, null), (3, 'B', 'poor', 30, 2)`,
      `insert into public.person values (4, null, 'poor', 7, 7)`,
      `update public.person set score = score + 1 where id in (1, 2)`,
      `update public.person set kode = 'C' where id = 3`,
      `update public.person set kode = null where id = 1`,
      `update public.person set kode = 'A', kind = 'rich' where id in (1, 4)`,
      `insert into public.person values (1, 'B', 'rich', 5, 5), (5, 'B', 'rich', 6, 6)
         on conflict (id) do update set kode = excluded.kode, score = excluded.score`,
      `delete from public.person where kode = 'B'`,
      `truncate public.person`,
      `insert into public.person select i, 'K' || i % 3, null, i from generate_series(1, 100) i`,
    ]) {
      await run(db, statement);
      await assertFolded(db);
    }
    assert.equal((await cubeRows(db)).length, 3);
  });

  it('takes many statements in one fold, and tells how many deltas and which generation', async () => {
    await run(db, `insert into public.person values (1, 'A'), (2, 'B')`);
    await run(db, `insert into public.person values (3, 'A')`);
    const { rows, generation } = await fold(db, plan);
    assert.equal(rows, 3);
    const [stored] = await run<{ generation: number }>(
      db,
      `select generation from chorograph.generation where relation = 'public.person_cube'`,
    );
    assert.equal(generation, stored?.generation);
    await assertFolded(db);
  });

  it('removes a row whose last person went, and keeps one whose sums are 0', async () => {
    await run(db, `insert into public.person values (1, 'A', 'poor', 5), (2, 'B', 'poor', 0)`);
    await assertFolded(db);
    await run(db, `delete from public.person where id = 1`);
    await assertFolded(db);
    assert.deepEqual(
      (await cubeRows(db)).map((row) => (row as { kode: string }).kode),
      ['B'],
    );
  });

  it('leaves cube and generation alone where nothing changed', async () => {
    await run(db, `insert into public.person values (1, 'A', 'poor', 5)`);
    await assertFolded(db);
    await run(db, `update public.person set note = 'seen'`);
    assert.deepEqual(await run(db, 'select * from chorograph.delta_person_cube'), []);
    await run(db, `update public.person set score = 6`);
    await run(db, `update public.person set score = 5`);
    const { rows, generation } = await fold(db, plan);
    assert.deepEqual([rows, generation], [2, undefined]);
    assert.equal((await fold(db, plan)).rows, 0);
  });

  it('knows nothing of what was rolled back', async () => {
    await assert.rejects(
      db.transaction(async (tx) => {
        await run(tx, `insert into public.person values (1, 'A')`);
        await run(tx, `truncate public.person`);
        throw new Error('no');
      }),
    );
    await run(db, `insert into public.person values (2, 'B')`);
    const { rows, recomputed } = await fold(db, plan);
    assert.deepEqual([rows, recomputed], [1, undefined]);
    await assertFolded(db);
  });

  it('loses nothing when a fold or a recompute breaks off, wherever it does', async () => {
    await run(db, `insert into public.person values (1, 'A'), (2, 'B')`);
    for (const step of [/for update/, /^with taken/, /bump/, /set folded_at/]) {
      const before = await cubeRows(db);
      await assert.rejects(fold(failingAt(db, step), plan), powerCut, String(step));
      assert.deepEqual(await cubeRows(db), before);
    }
    for (const step of [/access share/, /^with all_rows/, /bump/, /set folded_at/]) {
      await assert.rejects(recompute(failingAt(db, step), plan), powerCut, String(step));
    }
    assert.deepEqual(await cubeRows(db), []);
    assert.equal((await fold(db, plan)).rows, 2);
    await assertFolded(db);
  });

  it('starts from the base table after TRUNCATE, in one step with what came after it', async () => {
    await run(db, `insert into public.person select i, 'A', 'poor', i from generate_series(1, 50) i`);
    await assertFolded(db);
    await run(db, `insert into public.person values (51, 'A')`);
    await db.transaction(async (tx) => {
      await run(tx, `truncate public.person`);
      await run(tx, `insert into public.person values (1, 'B', 'rich', 3, 4)`);
    });
    await run(db, `insert into public.person values (2, 'B', 'rich', 3, 4)`);
    const { recomputed } = await fold(db, plan);
    assert.equal(recomputed?.expected, 'truncate');
    assert.deepEqual(await cubeRows(db), await trueRows(db));
    assert.equal((await fold(db, plan)).recomputed, undefined);
  });

  it('is filled from rows with a NULL key left out, and says how many', async () => {
    await run(db, `insert into public.person values (1, null), (2, null), (3, 'A')`);
    const report = await recompute(db, plan);
    assert.deepEqual([report?.uncounted, report?.compared], [2, 1]);
  });
});

describe('a cube by what is written as text', () => {
  it('has the same keys whatever the session of who writes is set to', async () => {
    const measured: DeltaPlan = deltaPlan('public.measured_cube', {
      from: 'public.measured',
      group: { kode: "value::text || ' ' || raw::text" },
      sums: { n: '1' },
      every: 5_000,
      recompute: '0 3 * * *',
    });
    const table = 'create table public.measured (value float8, raw bytea)';
    const db = await newCube(table, measured);
    await recompute(db, measured);
    await db.transaction(async (tx) => {
      await run(tx, `set local extra_float_digits = 0; set local bytea_output = escape`);
      await run(tx, `insert into public.measured values (1 / 3.0::float8, '\\x4142')`);
    });
    await fold(db, measured);
    const report = await recompute(db, measured);
    assert.deepEqual([report?.compared, report?.drifted], [1, 0]);
  });
});

describe('the full recompute', () => {
  let db: Database;
  const unseen = async (statement: string): Promise<void> => {
    await run(db, 'alter table public.person disable trigger user');
    await run(db, statement);
    await run(db, 'alter table public.person enable trigger user');
  };
  beforeEach(async () => {
    db = await sharedCube();
    await run(db, 'truncate public.person');
    await run(
      db,
      `insert into public.person select i, 'K' || i % 4, 'poor', i, i from generate_series(1, 40) i`,
    );
    await assertFolded(db);
  });

  it('finds no drift where there is none, deltas that wait included', async () => {
    await run(db, `update public.person set kode = 'K0' where kode = 'K1'`);
    await run(db, `delete from public.person where kode = 'K2'`);
    const report = await recompute(db, plan);
    assert.deepEqual(
      [report?.compared, report?.drifted, report?.sample, report?.expected],
      [2, 0, [], undefined],
    );
    await assertFolded(db);
    assert.equal((await recompute(db, plan))?.generation, undefined);
  });

  it('finds what the triggers did not see, names it and repairs it', async () => {
    await unseen(`delete from public.person where kode = 'K1'`);
    await unseen(`insert into public.person values (100, 'K9', null, 1, 1)`);
    await unseen(`update public.person set score = score + 1 where id = 4`);
    await run(db, `update public.person set score = score + 5 where id = 8`);
    const report = await recompute(db, plan);
    assert.equal(report?.drifted, 3);
    assert.deepEqual(report?.sample, [
      {
        key: { kode: 'K0', kind: 'poor' },
        cube: { n: 10, score_sum: 225, money_sum: 440, poor: 10 },
        base: { n: 10, score_sum: 226, money_sum: 440, poor: 10 },
      },
      {
        key: { kode: 'K1', kind: 'poor' },
        cube: { n: 10, score_sum: 190, money_sum: 380, poor: 10 },
        base: { n: null, score_sum: null, money_sum: null, poor: null },
      },
      {
        key: { kode: 'K9', kind: 'none' },
        cube: { n: null, score_sum: null, money_sum: null, poor: null },
        base: { n: 1, score_sum: 1, money_sum: 2, poor: 0 },
      },
    ]);
    assert.deepEqual(await cubeRows(db), await trueRows(db));
    assert.equal((await recompute(db, plan))?.drifted, 0);
    const [kept] = await run<{ drifted: number }>(
      db,
      `select (report -> 'drifted')::int as drifted from chorograph.cube`,
    );
    assert.equal(kept?.drifted, 0);
  });

  it('repairs a cube that somebody wrote to', async () => {
    await run(db, `update public.person_cube set n = n + 1 where kode = 'K3'`);
    await run(db, `delete from public.person_cube where kode = 'K2'`);
    await run(db, `insert into public.person_cube values ('nowhere', 'x', 0, 0, 0, 0)`);
    assert.equal((await recompute(db, plan))?.drifted, 2);
    assert.deepEqual(await cubeRows(db), await trueRows(db));
  });

  it('tells of no more than a sample', async () => {
    await unseen(`insert into public.person select i, 'N' || i from generate_series(1000, 1024) i`);
    const report = await recompute(db, plan);
    assert.deepEqual([report?.drifted, report?.sample.length], [25, 10]);
  });

  it('is not done twice for one tick of the schedule', async () => {
    await recompute(db, plan);
    assert.equal(await recompute(db, plan, { notWithinS: 60 }), undefined);
    assert.ok(await recompute(db, plan, { notWithinS: 0 }));
  });
});
