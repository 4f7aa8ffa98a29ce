import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../server/db/types.ts';
import { fold, recompute, type FoldResult } from '../../../server/refresh/delta/fold.ts';
import { onPostgres } from '../../support/environment.ts';
import { assertFolded, cubeRows, plan, run, sharedCube, trueRows } from './support.ts';

const WRITERS = 6;

/** Runs `work` again and again until `others` is done, at least once. */
async function during<T>(others: Promise<unknown>, work: () => Promise<T>): Promise<T[]> {
  let running = true;
  const done = others.finally(() => (running = false));
  const results: T[] = [];
  do {
    results.push(await work());
    await sleep(2);
  } while (running);
  await done;
  return results;
}

/** Folds that changed the cube, counted, so that writers can wait for some to have come between. */
function countedFolds(db: Database): {
  fold: () => Promise<FoldResult>;
  reached: (n: number) => Promise<void>;
} {
  let changes = 0;
  return {
    fold: async () => {
      const result = await fold(db, plan);
      if (result.generation !== undefined) changes++;
      return result;
    },
    reached: async (n) => {
      while (changes < n) await sleep(2);
    },
  };
}

onPostgres('a cube kept by deltas while many write', () => {
  let db: Database;
  before(async () => {
    db = await sharedCube();
  });
  beforeEach(async () => {
    await run(db, 'delete from public.person');
    await assertFolded(db);
  });

  it('counts 10,000 inserts of one row each once, whoever folds', async function () {
    const folds = countedFolds(db);
    const write = async (writer: number): Promise<void> => {
      for (let i = writer; i < 10_000; i += WRITERS) {
        if (i % 2_000 === 1_999) await folds.reached(Math.floor(i / 2_000));
        await run(
          db,
          `insert into public.person values ($1::int, 'K' || $1::int % 7, null, $1::int % 100, 0.01)`,
          [i],
        );
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const [one, other] = await Promise.all([during(writing, folds.fold), during(writing, folds.fold)]);
    const last = await fold(db, plan);
    const taken = [...one, ...other, last].map(({ rows }) => rows);
    assert.equal(
      taken.reduce((sum, rows) => sum + rows, 0),
      10_000,
    );
    assert.ok(taken.filter((rows) => rows > 0).length >= 4, 'folds took place between the inserts');
    assert.deepEqual(await cubeRows(db), await trueRows(db));
    const [total] = await run<{ n: number; money: string }>(
      db,
      'select sum(n)::int as n, sum(money_sum)::text as money from public.person_cube',
    );
    assert.deepEqual([total?.n, Number(total?.money)], [10_000, 200]);
  });

  it('finds no drift in the midst of writing, folding and rolling back', async function () {
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; i < 150; i++) {
        const id = writer * 1000 + (i % 40);
        await db
          .transaction(async (tx) => {
            await run(
              tx,
              `insert into public.person values ($1::int, 'K1', 'poor', 1, 1)
              on conflict (id) do update set kode = 'K' || (person.score % 5), score = person.score + 1`,
              [id],
            );
            if (i % 3 === 0) await run(tx, `delete from public.person where id = $1::int - 1`, [id]);
            if (i % 5 === 0) throw new Error('changed my mind');
          })
          .catch(() => {});
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const [, reports] = await Promise.all([
      during(writing, () => fold(db, plan)),
      during(writing, () => recompute(db, plan)),
    ]);
    assert.deepEqual(
      reports.flatMap((report) => report?.sample),
      [],
    );
    assert.ok(reports.length > 1);
    await assertFolded(db);
    assert.ok((await cubeRows(db)).length > 0);
  });

  it('shows readers only states that the base table had', async function () {
    await run(
      db,
      `insert into public.person select i, 'K' || i % 5, 'poor', 1 from generate_series(1, 100) i`,
    );
    await assertFolded(db);
    // People move; their number stays. A cube that took half a move would have one more or one less.
    const folds = countedFolds(db);
    const move = async (writer: number): Promise<void> => {
      for (let i = 0; i < 200; i++) {
        if (i % 40 === 39) await folds.reached(Math.floor(i / 40));
        const round = Math.floor(i / 10);
        const id = writer * 10 + (i % 10) + 1;
        await db.transaction(async (tx) => {
          await run(tx, `update public.person set kode = 'K' || $1::int % 5 where id = $2::int`, [round, id]);
          await run(tx, `update public.person set kind = $1 where id = $2::int`, [
            round % 2 ? 'poor' : 'rich',
            id,
          ]);
        });
      }
    };
    const moving = Promise.all(Array.from({ length: 4 }, (_, writer) => move(writer)));
    const [, seen] = await Promise.all([
      during(moving, folds.fold),
      during(moving, () => run<{ n: number }>(db, 'select sum(n)::int as n from public.person_cube')),
    ]);
    assert.deepEqual([...new Set(seen.map(([row]) => row?.n))], [100]);
    await assertFolded(db);
  });

  it('lets writers go on while a fold is under way, and a second fold pass by', async () => {
    await run(db, `insert into public.person values (1, 'A')`);
    await db
      .transaction(async (tx) => {
        await run(tx, `select from chorograph.cube where cube = $1 for update`, [plan.id]);
        await run(tx, `delete from chorograph.delta_person_cube`);
        // Another connection: it would wait for ever if it had to wait for us.
        await run(db, `insert into public.person values (2, 'A')`);
        assert.equal((await fold(db, plan)).rows, 0);
        throw new Error('back');
      })
      .catch(() => {});
    assert.equal((await fold(db, plan)).rows, 2);
    await assertFolded(db);
  });

  it('leaves a writer that has not committed for the next fold', async () => {
    await db.transaction(async (tx) => {
      await run(tx, `insert into public.person values (1, 'A')`);
      await run(db, `insert into public.person values (2, 'B')`);
      assert.equal((await fold(db, plan)).rows, 1);
      assert.equal((await recompute(db, plan))?.drifted, 0);
    });
    assert.equal((await fold(db, plan)).rows, 1);
    await assertFolded(db);
  });

  it('is right after TRUNCATE among writers, and takes no deltas before it counted anew', async function () {
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; i < 100; i++) {
        await run(db, `insert into public.person values ($1::int, 'K' || $1::int % 3, null, 1)`, [
          writer * 1000 + i,
        ]);
        if (writer === 0 && i % 25 === 24) await run(db, 'truncate public.person');
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS - 1 }, (_, writer) => write(writer)));
    const folds = await during(writing, () => fold(db, plan));
    folds.push(await fold(db, plan));
    assert.ok(folds.some(({ recomputed }) => recomputed?.expected === 'truncate'));
    assert.deepEqual(await cubeRows(db), await trueRows(db));
    assert.equal((await recompute(db, plan))?.drifted, 0);
  });
});
