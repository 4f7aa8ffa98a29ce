import { stringify } from 'csv-stringify/sync';

export type Cell = string | number | boolean | null;

/** Records as RFC 4180 has them, each with its end. */
export function csvText(records: readonly (readonly Cell[])[]): string {
  return stringify(records as Cell[][], {
    record_delimiter: 'windows',
    cast: { boolean: String },
    // By itself it quotes the pair only, and readers end a record at either.
    quoted_match: /[\r\n]/,
  });
}

/** Tab and carriage return are skipped by spreadsheets before they look for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Spreadsheets run text that starts like a formula, so such text gets an apostrophe in front; numbers stay numbers. */
export function guardedCell<Value extends Cell>(cell: Value): Value | string {
  return typeof cell === 'string' && FORMULA.test(cell) ? `'${cell}` : cell;
}
