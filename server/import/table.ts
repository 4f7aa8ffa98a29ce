import type { Who } from '../audit/public.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import type { CsvRow } from './formats/csv.ts';
import { nameOf, NOTHING_KEPT, tableExists, tableOf, track, type Target } from './load.ts';
import { recordImport } from './recorded.ts';
import { ImportError } from './source.ts';
import { TypeGuesser, valueOf, type ColumnGuess, type NumberStyle } from './types.ts';

export interface TablePlan {
  readonly columns: readonly ColumnGuess[];
  readonly style: NumberStyle;
  readonly rows: number;
}

/** Reads all of a file once for the types of its columns. @throws ImportError where its numbers can be read in two ways */
export async function planTable(
  rows: AsyncIterable<CsvRow>,
  decimal: NumberStyle | undefined,
): Promise<TablePlan> {
  const guesser = new TypeGuesser();
  for await (const row of rows) guesser.see(row);
  if (guesser.rows === 0) throw new ImportError('the file has no rows');
  const style = decimal ?? guesser.style();
  if (typeof style === 'object')
    throw new ImportError(`${style.unclear} can be read in two ways: say --decimal point or --decimal comma`);
  return { columns: guesser.guesses(style), style, rows: guesser.rows };
}

interface TableOptions {
  readonly target: Pick<Target, 'schema' | 'table'>;
  readonly replace: boolean;
  readonly dryRun: boolean;
  readonly onProgress: (rows: number) => void;
  /** Whoever asked for it; the command where absent. */
  readonly who?: Who | undefined;
}

const BATCH = 1_000;
const PATIENCE_MS = 600_000;
/** As PostgreSQL's catalogue calls them. */
const TYPES = { integer: 'int8', numeric: 'numeric', boolean: 'bool', date: 'date', text: 'text' } as const;

/** Puts the rows into a table of their own, in one transaction. @throws ImportError */
export async function loadTable(
  db: Database,
  rows: AsyncIterable<CsvRow>,
  plan: TablePlan,
  { target, replace, dryRun, onProgress, who }: TableOptions,
): Promise<void> {
  try {
    await db.dedicated(
      async (tx) => {
        const exists = await tableExists(tx, target);
        if (exists && !replace)
          throw new ImportError(
            `${nameOf(target)} is there already; --replace exchanges its rows for those of the file`,
          );
        if (exists) await empty(tx, target, plan);
        else await tx.run(sql`create table ${tableOf(target)} (${definitions(plan)})`);
        await fill(tx, rows, plan, target, onProgress);
        await track(tx, target);
        if (dryRun) throw NOTHING_KEPT;
        await recordImport(tx, target, { columns: plan.columns.length, replaced: exists }, who);
      },
      { name: 'chorograph import', timeoutMs: PATIENCE_MS },
    );
  } catch (error) {
    if (error !== NOTHING_KEPT) throw error;
  }
}

function definitions({ columns }: TablePlan): Sql {
  return join(columns.map(({ name, type }) => sql`${ident(name)} ${ident('pg_catalog', TYPES[type])}`));
}

async function empty(tx: Queryable, target: TableOptions['target'], { columns }: TablePlan): Promise<void> {
  const rows = await tx.run<{ name: string }>(sql`
    select a.attname::text as name from pg_attribute a
    join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${target.schema} and c.relname = ${target.table} and a.attnum > 0 and not a.attisdropped`);
  const [here, there] = [columns.map(({ name }) => name), rows.map(({ name }) => name)];
  const odd = [
    ...here.filter((name) => !there.includes(name)),
    ...there.filter((name) => !here.includes(name)),
  ];
  if (odd.length > 0)
    throw new ImportError(`${nameOf(target)} has other columns than the file: ${odd.join(', ')}`);
  await tx.run(sql`delete from ${tableOf(target)}`);
}

async function fill(
  tx: Queryable,
  rows: AsyncIterable<CsvRow>,
  { columns, style, rows: total }: TablePlan,
  target: TableOptions['target'],
  onProgress: TableOptions['onProgress'],
): Promise<void> {
  const names = join(columns.map(({ name }) => ident(name)));
  let batch: Record<string, unknown>[] = [];
  let done = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await tx.run(
      sql`insert into ${tableOf(target)} (${names})
        select ${names} from json_to_recordset(${JSON.stringify(batch)}::json) as r (${definitions({ columns, style, rows: total })})`,
      { timeoutMs: PATIENCE_MS },
    );
    done += batch.length;
    onProgress(done);
    batch = [];
  };
  for await (const { values } of rows) {
    batch.push(
      Object.fromEntries(
        columns.map(({ header, name, type }) => [name, valueOf(values[header] ?? '', type, style)]),
      ),
    );
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  const [count] = await tx.run<{ n: number }>(sql`select count(*)::integer as n from ${tableOf(target)}`);
  if (count?.n !== total)
    throw new ImportError(`the database has ${count?.n ?? 0} rows where ${total} were sent`);
}
