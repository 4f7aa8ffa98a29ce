import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ident, join, literal, sql, statement } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import { seededRandom } from '../../../tools/random.ts';
import { People, type Made, type Row } from './people.ts';
import type { Place } from './places.ts';

export interface GenerateOptions {
  readonly santri: number;
  readonly pesantren: number;
  readonly seed: number;
  readonly onProgress?: (table: string, done: number, total: number) => void;
}

/** Takes in rows of one table. */
export type Write = (table: string, columns: readonly string[], rows: readonly Row[]) => Promise<void>;

type Tables = Readonly<Record<keyof Made, string>>;
const SCHOOLS: Tables = { source: 'pondok_pesantren', score: 'pesantren_skor', map: 'pesantren_map' };
const STUDENTS: Tables = { source: 'santri_pribadi', score: 'santri_skor', map: 'santri_map' };
const CHUNK = 20_000;
const PATIENCE = { timeoutMs: 600_000 };

/** @throws Error where there are students or schools already */
export async function refuseFilled(db: Queryable): Promise<void> {
  const [row] = await db.run<{ filled: boolean }>(
    sql`select exists (select from public.santri_pribadi) or exists (select from public.pondok_pesantren) as filled`,
  );
  if (row?.filled) throw new Error('there are students or schools already; nothing was made up');
}

/**
 * Fills the tables of the programme with made-up schools and students, within the transaction of `tx`: all or
 * nothing. The pack's triggers rest meanwhile, as rows come with scores and regions; its indexes are made when the rows
 * are there, as keys that come in no order are taken in one by one ever slower.
 */
export async function generate(
  tx: Queryable,
  write: Write,
  places: readonly Place[],
  options: GenerateOptions,
): Promise<void> {
  const people = new People(places, seededRandom(options.seed));
  const triggers = await pauseTriggers(tx);
  const indexes = await dropIndexes(tx);
  await fill(tx, write, SCHOOLS, options.pesantren, (n) => people.school(n), options);
  await fill(tx, write, STUDENTS, options.santri, (n) => people.student(n), options);
  for (const { table, name, definition, comment } of indexes) {
    options.onProgress?.(`index ${name} of ${table}`, 0, 1);
    await tx.run(statement(definition), PATIENCE);
    await tx.run(sql`comment on index ${ident('public', name)} is ${literal(comment)}`);
  }
  for (const { relation, name } of triggers)
    await tx.run(sql`alter table ${ident('public', relation)} enable trigger ${ident(name)}`);
}

async function fill(
  tx: Queryable,
  write: Write,
  tables: Tables,
  total: number,
  make: (n: number) => Made,
  { onProgress }: GenerateOptions,
): Promise<void> {
  const known = new Map<string, ReadonlySet<string>>();
  for (const table of Object.values(tables)) known.set(table, await columnsOf(tx, table));
  for (let done = 0; done < total; done += CHUNK) {
    const made = Array.from({ length: Math.min(CHUNK, total - done) }, (_, i) => make(done + i + 1));
    for (const part of ['source', 'score', 'map'] as const) {
      const rows = made.map((each) => each[part]).filter((row): row is Row => row !== undefined);
      const columns = Object.keys(rows[0] ?? {}).filter((column) => known.get(tables[part])?.has(column));
      if (rows.length > 0) await write(tables[part], columns, rows);
    }
    onProgress?.(tables.map, done + made.length, total);
  }
}

/** Tables of the other application may lack some of what could be made up. */
async function columnsOf(tx: Queryable, table: string): Promise<ReadonlySet<string>> {
  const rows = await tx.run<{ name: string }>(
    sql`select attname as name from pg_attribute
      where attrelid = to_regclass(${`public.${table}`}) and attnum > 0 and not attisdropped`,
  );
  return new Set(rows.map(({ name }) => name));
}

async function pauseTriggers(tx: Queryable): Promise<{ relation: string; name: string }[]> {
  const triggers = await tx.run<{ relation: string; name: string }>(
    sql`select c.relname as relation, t.tgname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and t.tgenabled = 'O' and obj_description(t.oid, 'pg_trigger') like 'Chorograph pack santri%'
        and c.relname = any(${[...Object.values(SCHOOLS), ...Object.values(STUDENTS)]}::text[])`,
  );
  for (const { relation, name } of triggers)
    await tx.run(sql`alter table ${ident('public', relation)} disable trigger ${ident(name)}`);
  return triggers;
}

interface Index {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  readonly comment: string;
}

/** Those that the pack made; what keeps keys unique stays. */
async function dropIndexes(tx: Queryable): Promise<Index[]> {
  const indexes = await tx.run<Index>(
    sql`select t.relname as table, c.relname as name, pg_get_indexdef(c.oid) as definition,
        obj_description(c.oid, 'pg_class') as comment
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
      where c.relnamespace = 'public'::regnamespace and t.relname = any(${[SCHOOLS.map, STUDENTS.map]}::text[])
        and not i.indisunique and obj_description(c.oid, 'pg_class') like 'Chorograph pack santri%'
      order by 2`,
  );
  for (const { name } of indexes) await tx.run(sql`drop index ${ident('public', name)}`);
  return indexes;
}

/** By COPY, which PostgreSQL takes in fastest. */
export function copying(client: pg.Client): Write {
  return async (table, columns, rows) => {
    const names = join(columns.map((column) => ident(column)));
    const { text } = sql`copy ${ident('public', table)} (${names}) from stdin`;
    const lines = function* (): Generator<string> {
      for (let start = 0; start < rows.length; start += 500) {
        yield rows
          .slice(start, start + 500)
          .map((row) => `${columns.map((column) => copyText(row[column])).join('\t')}\n`)
          .join('');
      }
    };
    await pipeline(Readable.from(lines()), client.query(copyFrom(text)));
  };
}

function copyText(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '\\N';
  return String(value).replace(/[\\\t\n\r]/g, (character) => `\\${ESCAPES[character] ?? character}`);
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': 't', '\n': 'n', '\r': 'r' };

const BATCH = 1_000;

/** By INSERT, for the embedded database, which has no COPY. */
export function inserting(tx: Queryable): Write {
  return async (table, columns, rows) => {
    const names = join(columns.map((column) => ident(column)));
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = JSON.stringify(rows.slice(start, start + BATCH));
      await tx.run(
        sql`insert into ${ident('public', table)} (${names})
          select ${names} from jsonb_populate_recordset(null::${ident('public', table)}, ${batch}::jsonb)`,
        { timeoutMs: 120_000 },
      );
    }
  };
}
