import { ident, join, literal, sql, type Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import { OWN_COMMENT, type Findings } from './install-sql.ts';
import type { DeltaColumn, DeltaPlan, Relation } from './plan.ts';
import { grouped, relation, searchPath, summands, total } from './sql.ts';

/** Says in a sentence for the operator why a cube cannot be kept by deltas as `maps.yaml` has it. */
export class DeltaProblem extends Error {
  readonly problems: readonly string[];
  constructor(plan: DeltaPlan, problems: readonly string[], options?: { cause?: unknown }) {
    super(`${plan.id} cannot be kept by deltas: ${problems.join('; ')}`, options);
    this.name = 'DeltaProblem';
    this.problems = problems;
  }
}

interface ColumnRow {
  name: string;
  type: string;
  required: boolean;
}

/**
 * Holds a plan against the database. Changes nothing: what it makes to find out is rolled back.
 * @throws DeltaProblem with everything that is wrong.
 */
export async function inspect(db: Database, plan: DeltaPlan): Promise<Findings> {
  const tables = await baseTables(db, plan);
  const types = await probe(db, plan);
  const [cube] = await db.run<{ kind: string; own: boolean; key: boolean; columns: ColumnRow[] }>(
    cubeQuery(plan),
  );
  if (cube) {
    const problems = cubeProblems(plan, cube, types);
    if (problems.length > 0) throw new DeltaProblem(plan, problems);
  }
  return { types, tables, cubeExists: cube !== undefined };
}

/** The base table and all that inherit from it, itself first. */
async function baseTables(db: Queryable, plan: DeltaPlan): Promise<Relation[]> {
  const name = `${plan.base.schema}.${plan.base.name}`;
  const [base] = await db.run<{ kind: string; persistence: string }>(
    sql`select c.relkind as kind, c.relpersistence as persistence
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${plan.base.schema} and c.relname = ${plan.base.name}`,
  );
  if (!base) throw new DeltaProblem(plan, [`there is no table ${name}`]);
  if (base.kind !== 'r' && base.kind !== 'p') {
    throw new DeltaProblem(plan, [`${name} is not a table, so it cannot have the triggers`]);
  }
  return db.run<Relation>(
    sql`with recursive tables (oid, depth) as (
        select c.oid, 0 from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${plan.base.schema} and c.relname = ${plan.base.name}
        union
        select i.inhrelid, depth + 1 from tables t join pg_inherits i on i.inhparent = t.oid
      )
      select n.nspname as schema, c.relname as name
      from (select oid, min(depth) as depth from tables group by oid) t
      join pg_class c using (oid) join pg_namespace n on n.oid = c.relnamespace
      order by t.depth, 1, 2`,
  );
}

/** The types of the cube's columns, or why they cannot be kept. */
async function probe(db: Database, plan: DeltaPlan): Promise<Map<string, string>> {
  const problems: string[] = [];
  for (const { column, expression } of [...plan.keys, ...plan.sums]) {
    const problem = await expressionProblem(db, plan, { column, expression });
    if (problem !== undefined) problems.push(`${column} (${expression}): ${problem}`);
  }
  if (problems.length > 0) throw new DeltaProblem(plan, problems);
  const rows = await rolledBack(db, async (tx) => {
    await tx.run(searchPathQuery(plan));
    // Types are read from a table and not from values: an expression may fail on a made-up row.
    await tx.run(
      sql`create temp table chorograph_probe as ${grouped(plan, summands(plan, relation(plan.base)), total)} with no data`,
    );
    return tx.run<ColumnRow>(columnsQuery(sql`'pg_temp.chorograph_probe'::regclass`));
  }).catch((error: unknown) => {
    throw new DeltaProblem(plan, [reason(error)], { cause: error });
  });
  for (const { column } of plan.sums) {
    const type = rows.find(({ name }) => name === column)?.type ?? '';
    if (!['bigint', 'numeric'].includes(type)) {
      problems.push(
        `${column} adds up to ${type}, and only whole and numeric numbers add and subtract without error: cast it to numeric`,
      );
    }
  }
  if (problems.length > 0) throw new DeltaProblem(plan, problems);
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/**
 * A delta is right only where the expression gives the same for the same row, whoever asks and whenever:
 * just what PostgreSQL demands of an index. So it is asked to make one, on an empty copy.
 */
async function expressionProblem(
  db: Database,
  plan: DeltaPlan,
  { column, expression }: DeltaColumn,
): Promise<string | undefined> {
  const one: DeltaPlan = { ...plan, keys: [], sums: [{ column, expression }] };
  try {
    await rolledBack(db, async (tx) => {
      await tx.run(searchPathQuery(plan));
      // A query with a parameter cannot be two queries.
      await tx.run(
        sql`select from (${summands(one, relation(plan.base))} where ${false}::boolean) chorograph_probe`,
      );
      await tx.run(
        sql`create temp table ${ident(plan.base.name)} (like ${relation(plan.base)}) on commit drop`,
      );
      await tx.run(sql`create index on pg_temp.${ident(plan.base.name)} ((${indexed(expression)}))`);
    });
    return undefined;
  } catch (error) {
    const text = reason(error);
    return /IMMUTABLE/.test(text)
      ? 'its result depends on more than the row (a time zone, the clock, a setting), so what is taken away may not be what was added'
      : text;
  }
}

/** COALESCE gives a bare literal the type that it has in the cube: text. */
function indexed(expression: string): Sql {
  return sql([`coalesce(${expression}\n)`] as unknown as TemplateStringsArray);
}

function searchPathQuery(plan: DeltaPlan): Sql {
  return sql`select set_config('search_path', ${searchPath(plan)}, true)`;
}

function cubeQuery({ cube, keys }: DeltaPlan): Sql {
  const columns = keys.map(({ column }) => column);
  return sql`select c.relkind as kind,
      coalesce(obj_description(c.oid, 'pg_class') like ${`${OWN_COMMENT}%`}, false) as own,
      exists (select from pg_index i
        where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null
          and (select array_agg(a.attname::text order by a.attname)
               from pg_attribute a where a.attrelid = c.oid and a.attnum = any(i.indkey))
            = (select array_agg(k order by k) from unnest(${columns}::text[]) k)) as key,
      (select coalesce(json_agg(r), '[]') from (${columnsQuery(sql`c.oid`)}) r) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${cube.schema} and c.relname = ${cube.name}`;
}

function columnsQuery(oid: Sql): Sql {
  // With -1 as its modifier, a type of fixed length is written without a length, not with length 1.
  return sql`select attname as name, format_type(atttypid, -1) as type, attnotnull as required
    from pg_attribute where attrelid = ${oid} and attnum > 0 and not attisdropped order by attnum`;
}

function cubeProblems(
  plan: DeltaPlan,
  cube: { kind: string; own: boolean; key: boolean; columns: ColumnRow[] },
  types: ReadonlyMap<string, string>,
): string[] {
  if (cube.kind === 'm') {
    return [
      `${plan.id} is a materialized view: drop it first, or name another cube; the deltas need a table`,
    ];
  }
  if (cube.kind !== 'r' || !cube.own) {
    return [`${plan.id} exists and is not a cube of ours: name another, as the whole of it is written anew`];
  }
  const fits =
    cube.key &&
    cube.columns.length === types.size &&
    cube.columns.every(({ name, type, required }) => required && types.get(name) === type);
  return fits
    ? []
    : [
        `${plan.id} has other columns than maps.yaml says: drop table ${relation(plan.cube).text}, it is made again of the base table`,
      ];
}

/** Runs `work` in a transaction that is always rolled back. */
async function rolledBack<T>(db: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  class Done extends Error {}
  let result: { value: T } | undefined;
  try {
    await db.transaction(async (tx) => {
      result = { value: await work(tx) };
      throw new Done();
    });
  } catch (error) {
    if (!result) throw error;
  }
  return (result as { value: T }).value;
}

/** What PostgreSQL said: the operator sees it, no client does. */
function reason(error: unknown): string {
  const cause = error instanceof AppError ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

export interface DeltaStatus {
  readonly installed: boolean;
  /** False where `maps.yaml` was changed since: nothing is folded before it is installed again. */
  readonly upToDate: boolean;
  readonly installedAt: string | undefined;
  readonly foldedAt: string | undefined;
  readonly recomputedAt: string | undefined;
  /** What the last recompute found. */
  readonly report: unknown;
  /** Queue rows that wait, and for how long the oldest has (seconds). */
  readonly waiting: number;
  readonly waitingSeconds: number;
  /** Partitions that came after the installation: statements that name them are not seen. */
  readonly withoutTriggers: readonly string[];
}

/** How a cube stands; throws nothing that a missing installation would cause. */
export async function status(db: Database, plan: DeltaPlan): Promise<DeltaStatus> {
  const [row] = await db.run<{
    fingerprint: string;
    installed_at: string;
    folded_at: string | null;
    recomputed_at: string | null;
    report: unknown;
  }>(sql`select fingerprint, installed_at, folded_at, recomputed_at, report
    from chorograph.cube where cube = ${plan.id}`);
  const queue = row ? await countQueue(db, plan) : undefined;
  return {
    installed: row !== undefined,
    upToDate: row?.fingerprint === plan.fingerprint,
    installedAt: row?.installed_at,
    foldedAt: row?.folded_at ?? undefined,
    recomputedAt: row?.recomputed_at ?? undefined,
    report: row?.report ?? undefined,
    ...(queue ?? { waiting: 0, waitingSeconds: 0 }),
    withoutTriggers: row ? await withoutTriggers(db, plan) : [],
  };
}

/** What waits in the queue of a cube; undefined where the plan is not installed. */
export async function queueOf(db: Queryable, plan: DeltaPlan): Promise<Queue | undefined> {
  const installed = await db.run(sql`select 1 as one from chorograph.cube where cube = ${plan.id}`);
  return installed.length > 0 ? countQueue(db, plan) : undefined;
}

type Queue = Pick<DeltaStatus, 'waiting' | 'waitingSeconds'>;

async function countQueue(db: Queryable, plan: DeltaPlan): Promise<Queue> {
  const [queue] = await db.run<Queue>(
    sql`select count(*)::int as waiting,
      coalesce(extract(epoch from now() - min(queued_at)), 0)::float8 as "waitingSeconds"
      from chorograph.${ident(plan.object)}`,
  );
  return queue!;
}

async function withoutTriggers(db: Database, plan: DeltaPlan): Promise<string[]> {
  const tables = await baseTables(db, plan);
  const names = join(tables.map(({ schema, name }) => sql`(${literal(schema)}, ${literal(name)})`));
  const rows = await db.run<{ name: string }>(
    sql`select t.schema || '.' || t.name as name from (values ${names}) t (schema, name)
      where (select count(*) from pg_trigger g
        join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_proc p on p.oid = g.tgfoid
        where n.nspname = t.schema and c.relname = t.name and p.proname = ${plan.object}
          and p.pronamespace = 'chorograph'::regnamespace and g.tgenabled <> 'D') < 4`,
  );
  return rows.map(({ name }) => name);
}
