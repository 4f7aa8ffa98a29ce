import { empty, ident, join, literal, sql, type Sql } from '../../db/sql.ts';
import type { DeltaColumn, DeltaPlan } from './plan.ts';

/** Queries of a cube that is kept by deltas, without parameters: they can be run in psql as they are. */

/** What the expressions of `maps.yaml` may name without a schema: PostgreSQL's own, and the base's. */
export function searchPath({ base }: DeltaPlan): string {
  return ['pg_catalog', ident(base.schema).text, 'pg_temp'].join(', ');
}

export function queueName(plan: DeltaPlan): Sql {
  return ident('chorograph', plan.object);
}

/** The base row's keys and summands, one row each; `source` is the base table or a transition table. */
export function summands(plan: DeltaPlan, source: Sql): Sql {
  const columns = [...plan.keys, ...plan.sums].map(
    ({ column, expression }) => sql`${operatorsOwn(expression)} as ${ident(column)}`,
  );
  return sql`select ${join(columns)}
    from ${source} as ${ident(plan.base.name)}`;
}

/** Rows grouped by key; `sum` says how one column adds up. */
export function grouped(plan: DeltaPlan, rows: Sql, sum: (column: Sql) => Sql, having = empty): Sql {
  const keys = join(names(plan.keys));
  const sums = plan.sums.map(({ column }) => sql`${sum(ident(column))} as ${ident(column)}`);
  return sql`select ${keys}, ${join(sums)}
  from (${rows}) r
  group by ${keys}${having}`;
}

/** A NULL key means that the row is counted nowhere. */
export function keyed({ keys }: DeltaPlan): Sql {
  return join(
    names(keys).map((key) => sql`${key} is not null`),
    ' and ',
  );
}

/** NULL summands add nothing, as in every SUM; a group of nothing else adds 0. */
export const total = (column: Sql): Sql => sql`coalesce(sum(${column}), 0)`;

/** True where any sum is not 0. */
export function anySum(plan: DeltaPlan, sum: (column: Sql) => Sql): Sql {
  return join(
    names(plan.sums).map((column) => sql`${sum(column)} <> 0`),
    ' or ',
  );
}

/** Is there anything to fold? Cheap, so that an idle cube costs one small query. */
export function waitingQuery(plan: DeltaPlan): Sql {
  return sql`select exists (select from ${queueName(plan)})
    or exists (select from chorograph.cube_request where cube = ${literal(plan.id)}) as waiting`;
}

/** The one that holds this row may change the cube; the others pass by (fold) or wait (recompute). */
export function leaseQuery(plan: DeltaPlan, whenTaken: 'pass' | 'wait'): Sql {
  return sql`select fingerprint, recomputed_at is not null as filled,
    extract(epoch from clock_timestamp() - recomputed_at)::float8 as recomputed_ago
  from chorograph.cube where cube = ${literal(plan.id)}
  for update${whenTaken === 'pass' ? sql` skip locked` : empty}`;
}

/**
 * Takes every delta that is committed and adds it to the cube. One statement sees one moment, so the
 * cube goes from one state that the base table had to a later one. While a full recompute is asked for
 * it takes nothing and says so.
 */
export function foldQuery(plan: DeltaPlan): Sql {
  const cube = relation(plan.cube);
  const columns = join(names([...plan.keys, ...plan.sums]));
  const count = ident(plan.count);
  const asked = sql`exists (select from chorograph.cube_request where cube = ${literal(plan.id)})`;
  const added = plan.sums.map(
    ({ column }) => sql`coalesce(s.${ident(column)}, 0) + c.${ident(column)} as ${ident(column)}`,
  );
  return sql`with taken as (
  delete from ${queueName(plan)}
  where not ${asked}
  returning ${columns}
),
changes as (
  ${grouped(plan, sql`table taken`, (column) => sql`sum(${column})`, sql` having ${anySum(plan, (column) => sql`sum(${column})`)}`)}
),
-- Only the holder of the lease writes the cube, so what is read here is what is replaced below.
reckoned as (
  select ${join(plan.keys.map(({ column }) => sql`c.${ident(column)}`))}, ${join(added)}
  from changes c
  left join ${cube} s on ${sameKey(plan, 's', 'c')}
),
removed as (
  delete from ${cube} s using reckoned c
  where ${sameKey(plan, 's', 'c')} and c.${count} = 0
  returning 1
),
written as (
  insert into ${cube} as s (${columns})
  select ${columns} from reckoned where ${count} <> 0
  on conflict (${join(names(plan.keys))}) do update set ${replaced(plan)}
  returning 1
)
select (select count(*) from taken)::int as rows,
  ((select count(*) from removed) + (select count(*) from written))::int as changed,
  ${asked} as asked`;
}

/**
 * Compares the cube, with the deltas that wait, to the base table, and makes it equal to the base table.
 * One statement sees one moment: what was committed by then is in the base table and in the queue alike,
 * what was not is in neither, however many go on writing. `asked` is set where somebody told us that no
 * delta says what happened, so that a difference is no surprise.
 */
export function recomputeQuery(plan: DeltaPlan): Sql {
  const cube = relation(plan.cube);
  const keys = join(names(plan.keys));
  const columns = join(names([...plan.keys, ...plan.sums]));
  const object = (alias: string, part: readonly DeltaColumn[]): Sql =>
    sql`json_build_object(${join(part.map(({ column }) => sql`${literal(column)}, ${ident(alias, column)}`))})`;
  const differs = plan.sums.map(
    ({ column }) => sql`coalesce(t.${ident(column)}, 0) <> coalesce(k.${ident(column)}, 0)`,
  );
  return sql`with all_rows as materialized (
  ${grouped(plan, summands(plan, relation(plan.base)), total)}
),
truth as (
  select * from all_rows where ${keyed(plan)}
),
asked as (
  delete from chorograph.cube_request where cube = ${literal(plan.id)}
  returning reason
),
taken as (
  delete from ${queueName(plan)}
  returning ${columns}
),
known as (
  ${grouped(plan, sql`select ${columns} from ${cube} union all table taken`, (column) => sql`sum(${column})`)}
),
drifted as (
  select row_number() over (order by ${join(plan.keys.map(({ column }) => sql`coalesce(t.${ident(column)}, k.${ident(column)})`))}) as place,
    json_build_object(
      'key', case when t.${ident(plan.count)} is null then ${object('k', plan.keys)} else ${object('t', plan.keys)} end,
      'cube', ${object('k', plan.sums)},
      'base', ${object('t', plan.sums)}) as difference
  from truth t
  full join known k on ${sameKey(plan, 't', 'k')}
  where ${join(differs, ' or ')}
),
removed as (
  delete from ${cube} s
  where not exists (select from truth t where ${sameKey(plan, 't', 's')})
  returning 1
),
written as (
  insert into ${cube} as s (${columns})
  select ${columns} from truth
  on conflict (${keys}) do update set ${replaced(plan)}
  where (${join(plan.sums.map(({ column }) => sql`s.${ident(column)}`))})
    is distinct from (${join(plan.sums.map(({ column }) => sql`excluded.${ident(column)}`))})
  returning 1
)
select (select count(*) from truth)::int as compared,
  (select count(*) from drifted)::int as drifted,
  (select coalesce(json_agg(difference order by place), '[]') from drifted where place <= 10) as sample,
  (select coalesce(sum(${ident(plan.count)}), 0) from all_rows where not (${keyed(plan)}))::float8 as uncounted,
  (select count(*) from taken)::int as rows,
  ((select count(*) from removed) + (select count(*) from written))::int as changed,
  (select string_agg(distinct reason, ', ') from asked) as asked`;
}

export function names(columns: readonly DeltaColumn[]): Sql[] {
  return columns.map(({ column }) => ident(column));
}

export function relation({ schema, name }: { schema: string; name: string }): Sql {
  return ident(schema, name);
}

function sameKey({ keys }: DeltaPlan, left: string, right: string): Sql {
  return join(
    keys.map(({ column }) => sql`${ident(left, column)} = ${ident(right, column)}`),
    ' and ',
  );
}

function replaced({ sums }: DeltaPlan): Sql {
  return join(sums.map(({ column }) => sql`${ident(column)} = excluded.${ident(column)}`));
}

/**
 * An expression of `maps.yaml`, whose writer may write SQL. The line break keeps a comment at its end from
 * taking the parenthesis with it.
 */
function operatorsOwn(expression: string): Sql {
  return sql([`(${expression}${expression.includes('--') ? '\n' : ''})`] as unknown as TemplateStringsArray);
}
