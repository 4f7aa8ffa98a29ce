import assert from 'node:assert/strict';
import type { Database, DedicatedOptions, Queryable } from '../../../server/db/types.ts';
import { statement } from '../../../server/db/sql.ts';
import { fold } from '../../../server/refresh/delta/fold.ts';
import { install, planInstall } from '../../../server/refresh/delta/install.ts';
import { deltaPlan, type DeltaPlan } from '../../../server/refresh/delta/plan.ts';
import { newServer, sharedServer, type TestServer } from '../../support/environment.ts';

/** Nothing here is NOT NULL: keys and summands may be missing, as in real data. */
export const BASE = `create table public.person (
  id integer primary key, kode text, kind text, score integer, money numeric(12, 2), note text)`;

export const GROUP = { kode: 'kode', kind: "coalesce(kind, 'none')" };
export const SUMS = {
  n: '1',
  score_sum: 'score',
  money_sum: 'coalesce(money, 0) * 2',
  poor: "(kind = 'poor')::int",
};

/** What the cube has to be, written by hand and not by the code under test. */
const TRUTH = `select kode, coalesce(kind, 'none') as kind, count(*)::bigint as n,
    coalesce(sum(score), 0) as score_sum, coalesce(sum(coalesce(money, 0) * 2), 0) as money_sum,
    coalesce(sum((kind = 'poor')::int), 0) as poor
  from public.person where kode is not null group by 1, 2`;

const COLUMNS = 'kode, kind, n::text, score_sum::text, trim_scale(money_sum)::text as money_sum, poor::text';

export const plan: DeltaPlan = deltaPlan('public.person_cube', {
  from: 'public.person',
  group: GROUP,
  sums: SUMS,
  every: 5_000,
  recompute: '0 3 * * *',
});

export async function run<Row extends object = Record<string, unknown>>(
  db: Queryable,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return db.run<Row>(statement(text, values));
}

const POWER_CUT = 'the power went off';

/** A database with Chorograph's own tables, the base table and the installed cube. */
export async function newCube(sql = BASE, wanted: DeltaPlan = plan): Promise<Database> {
  return withCube(await newServer({ sql }), wanted);
}

async function withCube({ ctx }: TestServer, wanted: DeltaPlan): Promise<Database> {
  await install(ctx.db, wanted, await planInstall(ctx.db, wanted));
  return ctx.db;
}

let shared: Promise<Database> | undefined;

/** The same for every test that leaves the triggers alone; its tables may hold anything. */
export function sharedCube(): Promise<Database> {
  shared ??= sharedServer({ sql: BASE }).then((server) => withCube(server, plan));
  return shared;
}

export const cubeRows = (db: Queryable): Promise<object[]> =>
  run(db, `select ${COLUMNS} from public.person_cube order by kode, kind`);
export const trueRows = (db: Queryable): Promise<object[]> =>
  run(db, `select ${COLUMNS} from (${TRUTH}) t order by kode, kind`);

/** Folds, and compares the cube to a count of the base table. */
export async function assertFolded(db: Database): Promise<void> {
  await fold(db, plan);
  assert.deepEqual(await cubeRows(db), await trueRows(db));
  assert.deepEqual(await run(db, 'select * from chorograph.delta_person_cube'), []);
}

/** The same database, whose transactions fail before a statement that matches, after `first` is done. */
export function failingAt(db: Database, pattern: RegExp, first = async (): Promise<void> => {}): Database {
  const failing = (tx: Queryable): Queryable => ({
    run: async (query, options) => {
      if (!pattern.test(query.text)) return tx.run(query, options);
      await first();
      throw new Error(POWER_CUT);
    },
  });
  return Object.assign(Object.create(db) as Database, {
    run: db.run.bind(db),
    transaction: <T>(work: (tx: Queryable) => Promise<T>) => db.transaction((tx) => work(failing(tx))),
    dedicated: <T>(work: (tx: Queryable) => Promise<T>, options: DedicatedOptions) =>
      db.dedicated((tx) => work(failing(tx)), options),
  });
}

/** What a transaction of `failingAt()` fails with, behind the error that the database makes of it. */
export const powerCut = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && error.cause.message === POWER_CUT;
