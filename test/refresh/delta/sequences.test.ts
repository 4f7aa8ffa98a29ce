import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sqlState } from '../../../server/db/sqlstate.ts';
import type { Database } from '../../../server/db/types.ts';
import { fold, recompute } from '../../../server/refresh/delta/fold.ts';
import { backend } from '../../support/environment.ts';
import { assertFolded, plan, run, sharedCube } from './support.ts';

type Row = [id: number, kode: string | null, kind: string | null, score: number | null, money: string | null];
type Step = (db: Database) => Promise<unknown>;

const IDS = 12;
const id = fc.integer({ min: 1, max: IDS });
const kode = fc.constantFrom('A', 'B', 'C', null);
const kind = fc.constantFrom('poor', 'rich', null);
const score = fc.option(fc.integer({ min: -100, max: 100 }));
const money = fc.constantFrom('0.10', '-7.25', '1234567.89', null);
const rows = fc.uniqueArray(fc.tuple(id, kode, kind, score, money), {
  selector: ([key]) => key,
  minLength: 1,
  maxLength: 6,
});

const values = (wanted: Row[]): string =>
  wanted
    .map(
      (row) =>
        `(${row.map((cell) => (cell === null ? 'null' : typeof cell === 'number' ? cell : `'${cell}'`)).join()})`,
    )
    .join();
const columns = '(id, kode, kind, score, money)';

/** Statements that a program might send; each is one statement over any number of rows. */
const statement = fc.oneof(
  rows.map(
    (wanted) => `insert into public.person ${columns} values ${values(wanted)} on conflict do nothing`,
  ),
  rows.map(
    (wanted) => `insert into public.person ${columns} values ${values(wanted)}
      on conflict (id) do update set kode = excluded.kode, kind = excluded.kind, score = excluded.score`,
  ),
  fc
    .tuple(kode, fc.integer({ min: 1, max: 4 }))
    .map(([code, n]) => `update public.person set kode = ${code ? `'${code}'` : 'null'} where id % ${n} = 0`),
  fc.tuple(id, kind).map(
    ([least, value]) => `update public.person
      set kind = ${value ? `'${value}'` : 'null'}, score = -score, money = money * 3 where id >= ${least}`,
  ),
  // Keys change places: what one row leaves another takes, in one statement.
  fc.constant(`update public.person set kode = case kode when 'A' then 'B' when 'B' then 'A' end`),
  fc.constant(`update public.person p set id = ${IDS + 1} - p.id + 1000 where id <= ${IDS}`),
  fc.constant(`update public.person p set id = p.id - 1000 where id > 1000`),
  id.map((least) => `delete from public.person where id % ${IDS} >= ${least}`),
  // Fails where an id is taken, and then leaves nothing of the rows before it.
  rows.map((wanted) => `insert into public.person ${columns} values ${values(wanted)}`),
  fc.constant('delete from public.person where false'),
  rows.map(
    (wanted) => `with gone as (delete from public.person where id <= 3 returning *),
      come as (insert into public.person ${columns} values ${values(wanted)} on conflict do nothing returning *)
      select count(*) from gone, come`,
  ),
);
const truncate = fc.constant('truncate public.person');

const step: fc.Arbitrary<{ name: string; step: Step }> = fc.oneof(
  {
    weight: 12,
    arbitrary: statement.map((text) => ({
      name: text,
      step: (db: Database) => inTransaction(db, [text], true),
    })),
  },
  {
    weight: 1,
    arbitrary: truncate.map((text) => ({
      name: text,
      step: (db: Database) => inTransaction(db, [text], true),
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof({ weight: 5, arbitrary: statement }, truncate), { maxLength: 4 })
      .chain((texts) =>
        fc.boolean().map((commits) => ({
          name: `${commits ? 'committed' : 'rolled back'}: ${texts.join('; ')}`,
          step: (db: Database) => inTransaction(db, texts, commits),
        })),
      ),
  },
  { weight: 3, arbitrary: fc.constant({ name: 'fold', step: (db: Database) => fold(db, plan) }) },
  {
    weight: 1,
    arbitrary: fc.constant({
      name: 'recompute',
      step: async (db: Database) => {
        const report = await recompute(db, plan);
        if (report?.expected === undefined) assert.deepEqual(report?.sample, [], 'drift');
      },
    }),
  },
);

/** A statement that fails for a taken id takes its transaction with it, as it would a program's. */
async function inTransaction(db: Database, texts: readonly string[], commits: boolean): Promise<void> {
  const RolledBack = class extends Error {};
  await db
    .transaction(async (tx) => {
      for (const text of texts) await run(tx, text);
      if (!commits) throw new RolledBack();
    })
    .catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!(cause instanceof RolledBack) && sqlState(cause) !== '23505') throw error;
    });
}

describe('any sequence of statements', () => {
  it('leaves, once folded, the cube that a full count gives', async function () {
    const db = await sharedCube();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await run(db, 'delete from public.person');
        await assertFolded(db);
        for (const { step: take } of steps) await take(db);
        await assertFolded(db);
      }),
      { numRuns: backend === 'postgres' ? 150 : 20 },
    );
  });
});
