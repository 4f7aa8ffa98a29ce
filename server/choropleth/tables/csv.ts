import { stringify } from 'csv-stringify/sync';
import { COLUMNS, type TableRow } from './rows.ts';

/**
 * RFC 4180, with a header line. Spreadsheets run text that starts like a formula, so such text gets an apostrophe
 * in front; numbers stay numbers.
 */
export function csvOf(rows: readonly TableRow[], isChange = false): string {
  const columns = isChange ? ([...COLUMNS, 'from', 'to'] as const) : COLUMNS;
  return stringify(
    rows.map((row) => columns.map((column) => guarded(row[column] ?? null))),
    {
      header: true,
      columns: [...columns],
      record_delimiter: 'windows',
      // By itself it quotes the pair only, and readers end a record at either.
      quoted_match: /[\r\n]/,
    },
  );
}

/** Tab and carriage return are skipped by spreadsheets before they look for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function guarded(cell: string | number | null): string | number | null {
  return typeof cell === 'string' && FORMULA.test(cell) ? `'${cell}` : cell;
}
