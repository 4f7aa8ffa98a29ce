import { recordIfKept, type Who } from '../audit/public.ts';
import type { Queryable } from '../db/types.ts';

/** Writes down that a table was filled from a file; the last thing in its transaction. */
export const recordImport = (
  tx: Queryable,
  { schema, table }: { readonly schema: string; readonly table: string },
  after: object,
  who: Who = { actor: 'command' },
): Promise<void> =>
  recordIfKept(tx, {
    ...{ severity: 'warning', action: 'table.imported', outcome: 'done' },
    ...who,
    ...{ object: `relation:${schema}.${table}`, after },
  } as const);
