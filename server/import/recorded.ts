import { recordIfKept } from '../audit/public.ts';
import type { Queryable } from '../db/types.ts';

/** Writes down that a table was filled from a file; the last thing in its transaction. */
export const recordImport = (
  tx: Queryable,
  { schema, table }: { readonly schema: string; readonly table: string },
  after: object,
): Promise<void> =>
  recordIfKept(tx, {
    ...{ severity: 'warning', action: 'table.imported', actor: 'command', outcome: 'done' },
    ...{ object: `relation:${schema}.${table}`, after },
  } as const);
