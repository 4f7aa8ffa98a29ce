import { stringify } from 'csv-stringify/sync';
import { AUDIT_COLUMNS, type AuditEntry } from './query.ts';

/** Cells that a spreadsheet would take for formulas are marked as text. `header: false` for all but the first part of a file. */
export function auditCsv(entries: readonly AuditEntry[], { header = true } = {}): string {
  const cells = entries.map(({ before, after, ...entry }) => ({
    ...entry,
    before: jsonOf(before),
    after: jsonOf(after),
  }));
  return stringify(cells, { header, columns: [...AUDIT_COLUMNS], escape_formulas: true, bom: header });
}

const jsonOf = (value: unknown): string =>
  value === null || value === undefined ? '' : JSON.stringify(value);
