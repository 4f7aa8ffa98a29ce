import { csvText, guardedCell } from '../../http/answers/csv.ts';
import { slices } from '../../tools/slices.ts';
import { COLUMNS, type TableRow } from './rows.ts';

/**
 * RFC 4180, with a header line. Spreadsheets run text that starts like a formula, so such text gets an apostrophe
 * in front; numbers stay numbers. A slice at a time.
 */
export function* csvOf(rows: readonly TableRow[], isChange = false): Generator<string> {
  const columns = isChange ? ([...COLUMNS, 'from', 'to'] as const) : COLUMNS;
  yield csvText([[...columns]]);
  for (const { slice } of slices(rows)) {
    yield csvText(slice.map((row) => columns.map((column) => guardedCell(row[column] ?? null))));
  }
}
