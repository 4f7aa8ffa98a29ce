import { readFile } from 'node:fs/promises';
import { sql, statement } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { recordIfKept } from '../../audit/public.ts';
import { projectPath } from '../../tools/paths.ts';

/** A million map rows are located in minutes; nothing of ours takes longer. */
const PATIENCE_MS = 3_600_000;

/** Rows whose regions nobody knows, by the names that they have. */
export interface Unmatched {
  readonly relation: string;
  readonly provinsi: string | null;
  readonly kabupaten: string | null;
  readonly rows: number;
  readonly examples: readonly string[];
}

/** Creates what the programme needs and the database does not have, in one transaction. */
export async function installPack(db: Database): Promise<void> {
  const text = await readFile(projectPath('sql', 'packs', 'santri', 'up.sql'), 'utf8');
  await recorded(db, 'santri.installed', (tx) => tx.run(statement(text), { timeoutMs: PATIENCE_MS }));
}

/** Removes what `installPack` created, in one transaction. Tables that hold rows by now stay. */
export async function removePack(db: Database): Promise<void> {
  const text = await readFile(projectPath('sql', 'packs', 'santri', 'down.sql'), 'utf8');
  await recorded(db, 'santri.removed', (tx) => tx.run(statement(text), { timeoutMs: PATIENCE_MS }));
}

/**
 * Works in one transaction with the row of the audit log that tells of it, in a session of its own: those of the
 * pool give up on a statement long before.
 */
function recorded<T>(db: Database, action: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.dedicated(
    async (tx) => {
      const result = await work(tx);
      await recordIfKept(tx, { severity: 'warning', action, actor: 'command', outcome: 'done' });
      return result;
    },
    { name: 'chorograph santri', timeoutMs: PATIENCE_MS },
  );
}

/** Locates every map row anew, after new boundaries. @returns how many rows changed */
export async function assignRegions(db: Database): Promise<number> {
  const [row] = await recorded(db, 'santri.assigned', (tx) =>
    tx.run<{ n: string }>(sql`select public.chorograph_santri_assign() as n`, { timeoutMs: PATIENCE_MS }),
  );
  return Number(row?.n ?? 0);
}

export async function unmatchedRows(db: Queryable): Promise<Unmatched[]> {
  return db.run<Unmatched>(
    sql`select relation, provinsi, kabupaten, rows::integer as rows, examples
      from public.chorograph_santri_unmatched order by rows desc, relation, provinsi, kabupaten`,
    { timeoutMs: PATIENCE_MS },
  );
}

/** What the pack created, by kind and name; empty where it is not installed. */
export async function packObjects(db: Queryable): Promise<{ kind: string; name: string }[]> {
  return db.run(sql`
    select case c.relkind when 'r' then 'table' when 'm' then 'materialized view' when 'v' then 'view' else 'index' end as kind,
      c.oid::regclass::text as name
    from pg_class c
    where c.relnamespace = to_regnamespace('public') and obj_description(c.oid, 'pg_class') like 'Chorograph pack santri%'
    union all
    select 'column', a.attrelid::regclass || '.' || a.attname
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = to_regnamespace('public') and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) like 'Chorograph pack santri%'
    union all
    select 'function', p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = to_regnamespace('public') and obj_description(p.oid, 'pg_proc') like 'Chorograph pack santri%'
    union all
    select 'trigger', t.tgname || ' on ' || t.tgrelid::regclass from pg_trigger t
    where not t.tgisinternal and obj_description(t.oid, 'pg_trigger') like 'Chorograph pack santri%'
    order by 1, 2`);
}
