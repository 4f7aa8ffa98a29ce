import { stringify } from 'csv-stringify/sync';
import { slices } from '../../tools/slices.ts';
import { COLUMNS, type TableRow } from './rows.ts';

/**
 * RFC 4180, with a header line. Spreadsheets run text that starts like a formula, so such text gets an apostrophe
 * in front; numbers stay numbers. A slice at a time.
 */
export function* csvOf(rows: readonly TableRow[], isChange = false): Generator<string> {
  const columns = isChange ? ([...COLUMNS, 'from', 'to'] as const) : COLUMNS;
  const text = (records: (string | number | null)[][], header: boolean): string =>
    stringify(records, {
      header,
      columns: [...columns],
      record_delimiter: 'windows',
      // By itself it quotes the pair only, and readers end a record at either.
      quoted_match: /[\r\n]/,
    });
  yield text([], true);
  for (const { slice } of slices(rows)) {
    yield text(
      slice.map((row) => columns.map((column) => guarded(row[column] ?? null))),
      false,
    );
  }
}

/** Tab and carriage return are skipped by spreadsheets before they look for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function guarded(cell: string | number | null): string | number | null {
  return typeof cell === 'string' && FORMULA.test(cell) ? `'${cell}` : cell;
}
