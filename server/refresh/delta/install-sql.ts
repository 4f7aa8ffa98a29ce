import { ident, join, literal, sql, type Sql } from '../../db/sql.ts';
import type { DeltaPlan, Relation } from './plan.ts';
import { anySum, grouped, keyed, names, queueName, relation, searchPath, summands, total } from './sql.ts';

/** What `inspect()` found that the statements depend on. */
export interface Findings {
  /** Type of each column of the cube, as DDL writes it. */
  readonly types: ReadonlyMap<string, string>;
  /** The base table and all that inherit from it: statements that name a partition fire its triggers alone. */
  readonly tables: readonly Relation[];
  readonly cubeExists: boolean;
}

const EVENTS = ['insert', 'update', 'delete', 'truncate'] as const;
const TRANSITIONS = {
  insert: 'referencing new table as new_rows',
  update: 'referencing old table as old_rows new table as new_rows',
  delete: 'referencing old table as old_rows',
  truncate: '',
} as const;
const COMMENT = 'Chorograph delta cube of';

/** Begins the comment of every cube that we made: no other table is ever written to. */
export const OWN_COMMENT = `${COMMENT} `;

/**
 * The statements of `delta install`, to run in one transaction; the cube is filled by a recompute after it,
 * so writers wait only as long as the triggers take to make.
 */
export function installSql(plan: DeltaPlan, findings: Findings): Sql[] {
  const types = (part: DeltaPlan['keys']): Sql[] =>
    part.map(({ column }) => sql`${ident(column)} ${ddl(findings.types.get(column) ?? '')} not null`);
  const columns = [...plan.keys, ...plan.sums];
  return [
    // A long writer must not make every other writer queue up behind us.
    sql`set local lock_timeout = '5s'`,
    ...(findings.cubeExists
      ? []
      : [
          sql`create table ${relation(plan.cube)} (
  ${join(types(columns))},
  primary key (${join(names(plan.keys))})
) with (fillfactor = 80)`,
          sql`comment on table ${relation(plan.cube)} is ${literal(`${COMMENT} ${plan.base.schema}.${plan.base.name}; kept by triggers, do not write to it`)}`,
        ]),
    // Vacuumed by number of rows: the queue is nearly always nearly empty.
    sql`create table ${queueName(plan)} (
  ${join(types(columns))},
  queued_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,
    triggerFunction(plan),
    sql`revoke all on function ${queueName(plan)}() from public`,
    ...findings.tables.flatMap((table) => EVENTS.map((event) => createTrigger(plan, table, event))),
    sql`insert into chorograph.cube (cube, base, object, fingerprint)
values (${literal(plan.id)}, ${literal(`${plan.base.schema}.${plan.base.name}`)}, ${literal(plan.object)}, ${literal(plan.fingerprint)})`,
  ];
}

/** The statements of `delta remove`. The cube stays, as the plain table that it is. */
export function removeSql(plan: DeltaPlan): Sql[] {
  return [
    sql`set local lock_timeout = '5s'`,
    // Before any other lock, as a fold does: neither can then wait for the other.
    sql`select from chorograph.cube where cube = ${literal(plan.id)} for update`,
    // Nothing but our triggers depends on it, wherever partitions have taken them.
    sql`drop function if exists ${queueName(plan)}() cascade`,
    sql`drop table if exists ${queueName(plan)}`,
    sql`delete from chorograph.cube_request where cube = ${literal(plan.id)}`,
    sql`delete from chorograph.cube where cube = ${literal(plan.id)}`,
  ];
}

/** Statements as a transaction for psql. */
export function script(statements: readonly Sql[]): string {
  return ['begin', ...statements.map(({ text }) => text), 'commit'].map((text) => `${text};\n`).join('\n');
}

export function triggerName(plan: DeltaPlan, event: string): string {
  return `chorograph_${plan.object}_${event}`;
}

function createTrigger(plan: DeltaPlan, table: Relation, event: (typeof EVENTS)[number]): Sql {
  return sql`create trigger ${ident(triggerName(plan, event))} after ${ddl(event)} on ${relation(table)}
  ${ddl(TRANSITIONS[event])} for each statement execute function ${queueName(plan)}()`;
}

/**
 * One function for all four events. It runs as its owner, so that writers need no right to the queue, and
 * under a fixed search path, so that nobody can slip it another function. A double or bytes are the same text as in a
 * recompute, whatever the writer's session has: PostgreSQL takes these casts for immutable.
 */
function triggerFunction(plan: DeltaPlan): Sql {
  const columns = join(names([...plan.keys, ...plan.sums]));
  const append = (query: Sql): Sql => sql`insert into ${queueName(plan)} (${columns})
    ${query};`;
  const transition = (name: string): Sql => counted(plan, summands(plan, ident(name)));
  const body = sql`
#variable_conflict use_column
begin
  if tg_op = 'INSERT' then
    ${append(grouped(plan, transition('new_rows'), total))}
  elsif tg_op = 'DELETE' then
    ${append(grouped(plan, transition('old_rows'), (column) => sql`-${total(column)}`))}
  elsif tg_op = 'UPDATE' then
    ${append(updated(plan))}
  else
    -- The rows are gone without having been seen: the next fold starts from the base table.
    insert into chorograph.cube_request (cube, reason) values (${literal(plan.id)}, 'truncate');
  end if;
  return null;
end
`;
  if (body.text.includes('$chorograph$')) throw new Error('an expression must not contain $chorograph$');
  return sql`create function ${queueName(plan)}() returns trigger
language plpgsql security definer
set search_path = ${ddl(searchPath(plan))}
set extra_float_digits = 1
set bytea_output = 'hex'
as $chorograph$${body}$chorograph$`;
}

/** What an update took away and what it added, as one delta per key; nothing where nothing changed. */
function updated(plan: DeltaPlan): Sql {
  const side = (name: string, added: string): Sql =>
    sql`select ${ddl(added)} as chorograph_added, * from (${counted(plan, summands(plan, ident(name)))}) ${ident(name)}`;
  const change = (column: Sql): Sql =>
    sql`coalesce(sum(${column}) filter (where chorograph_added), 0) - coalesce(sum(${column}) filter (where not chorograph_added), 0)`;
  return grouped(
    plan,
    sql`${side('old_rows', 'false')} union all ${side('new_rows', 'true')}`,
    change,
    sql` having ${anySum(plan, change)}`,
  );
}

function counted(plan: DeltaPlan, rows: Sql): Sql {
  return sql`select * from (${rows}) s where ${keyed(plan)}`;
}

/** Words of SQL and types that PostgreSQL itself wrote. */
function ddl(text: string): Sql {
  return sql([text] as unknown as TemplateStringsArray);
}
