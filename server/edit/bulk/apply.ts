import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import { noFeature } from '../../features/public.ts';
import type { Beginning } from '../begin.ts';
import { requireMatch } from '../request/if-match.ts';
import { invalidGeometries } from '../writing/geometry.ts';
import { refusal } from '../writing/refusal.ts';
import { Rows, type Current } from '../writing/rows.ts';
import type { Failure, Operation } from './operations.ts';

/** What became of an operation: the id of its feature. */
export interface Applied {
  readonly index: number;
  readonly op: Operation['op'];
  readonly id: string;
  /** Undefined where it is gone. */
  readonly version: string | undefined;
}

/** Failures that are named; whoever has more knows enough. */
const MOST_FAILURES = 100;

/**
 * Does all of it, in the order in which it is listed.
 * @throws AppError `bulk_refused` (422) with every operation that cannot be done: then nothing is
 */
export async function applyAll(
  tx: Queryable,
  operations: readonly Operation[],
  beginning: Beginning,
  who: { readonly actor: string },
): Promise<Applied[]> {
  const rows = new Rows(tx, beginning, who);
  const current = await rows.lockAll(operations.flatMap((one) => ('id' in one ? [one.id] : [])));
  const known = [...outdated(operations, current, beginning), ...(await unplaced(tx, operations, beginning))];
  if (known.length > 0) throw refused(known);
  const apply = async (one: Operation): Promise<Identified> => ({
    ...{ index: one.index, op: one.op },
    id: await applyOne(rows, one, current),
  });
  // Nearly always nothing is refused; only else is each tried by itself, which takes three times as long.
  const all = await attempt(tx, beginning, () => inTurn(operations, apply));
  const ids = all instanceof AppError ? await oneByOne(tx, beginning, operations, apply) : all;
  const versions = await rows.versions(ids.flatMap(({ op, id }) => (op === 'delete' ? [] : [id])));
  return ids.map((one) => ({ ...one, version: versions.get(one.id) }));
}

type Identified = Omit<Applied, 'version'>;
type Apply = (one: Operation) => Promise<Identified>;

async function inTurn(operations: readonly Operation[], apply: Apply): Promise<Identified[]> {
  const done: Identified[] = [];
  for (const one of operations) done.push(await apply(one));
  return done;
}

/** @throws AppError `bulk_refused` with each that is refused */
async function oneByOne(
  tx: Queryable,
  beginning: Beginning,
  operations: readonly Operation[],
  apply: Apply,
): Promise<Identified[]> {
  const failures: Failure[] = [];
  const done: Identified[] = [];
  for (const one of operations) {
    const tried = await attempt(tx, beginning, () => apply(one));
    if (!(tried instanceof AppError)) done.push(tried);
    else if (failures.push({ index: one.index, error: tried }) >= MOST_FAILURES) break;
  }
  if (failures.length > 0) throw refused(failures);
  return done;
}

async function applyOne(rows: Rows, one: Operation, current: ReadonlyMap<string, Current>): Promise<string> {
  if (one.op === 'create') return rows.create(one.written);
  const before = current.get(one.id)!;
  if (one.op === 'update') await rows.change(one.id, one.written, before);
  else if (one.op === 'transition') await rows.move(one.id, one.step, before);
  else await rows.remove(one.id, before);
  return one.id;
}

/** Work that is as if it had never been begun where something is refused: then others can be tried. */
async function attempt<Result>(
  tx: Queryable,
  { editable, facts }: Beginning,
  work: () => Promise<Result>,
): Promise<Result | AppError> {
  await tx.run(sql`savepoint attempt`);
  try {
    const result = await work();
    await tx.run(sql`release savepoint attempt`);
    return result;
  } catch (error) {
    const meant = refusal(error, editable, facts);
    if (!(meant instanceof AppError) || meant.status >= 500) throw error;
    await tx.run(sql`rollback to savepoint attempt`);
    return meant;
  }
}

function outdated(
  operations: readonly Operation[],
  current: ReadonlyMap<string, Current>,
  { editable }: Beginning,
): Failure[] {
  const failures: Failure[] = [];
  for (const one of operations) {
    if (one.op === 'create') continue;
    const row = current.get(one.id);
    try {
      if (!row) throw noFeature(editable.layer, one.id);
      requireMatch(one.match, row.version);
    } catch (error) {
      failures.push({ index: one.index, error: error as AppError });
    }
  }
  return failures;
}

async function unplaced(
  tx: Queryable,
  operations: readonly Operation[],
  { editable, system }: Beginning,
): Promise<Failure[]> {
  const geometries = operations.map((one) => ('written' in one ? one.written.geometry : undefined));
  const faults = await invalidGeometries(tx, editable.table, system, geometries);
  return [...faults].map(([at, error]) => ({ index: operations[at]!.index, error }));
}

/** All failures as one error: what each would have been answered by itself, by its place in the list. */
export function refused(failures: readonly Failure[]): AppError {
  const sorted = [...failures].sort((a, b) => a.index - b.index);
  const named = sorted.slice(0, MOST_FAILURES).map(({ index, error: { code, status, title, members } }) => ({
    ...{ index, status, code, title },
    ...members,
  }));
  return new AppError('bulk_refused', {
    detail: `of operations ${named
      .slice(0, 20)
      .map(({ index }) => index)
      .join(', ')}: see failures`,
    failures: named,
    ...(sorted.length > named.length ? { more: sorted.length - named.length } : {}),
  });
}
