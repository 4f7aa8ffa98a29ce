import { sqlFile } from '../db/files.ts';
import type { Queryable } from '../db/types.ts';

/** A relation that is to be refreshed, as the database has it now. See `sql/refresh/views.sql`. */
export interface View {
  readonly view: string;
  readonly schema: string;
  readonly name: string;
  readonly oid: string;
  /** False for a table or a plain view: there is nothing to refresh. */
  readonly materialized: boolean;
  readonly populated: boolean;
  readonly estimatedRows: number;
  readonly hasUniqueIndex: boolean;
  /** False where it can change although no source did: it reads the clock, say. */
  readonly timeless: boolean;
  /** True where every source has a generation, so that "unchanged" is certain. */
  readonly tracked: boolean;
  /** Token by relation. */
  readonly sources: Readonly<Record<string, string>>;
}

interface Row {
  view: string;
  schema: string;
  name: string;
  oid: string;
  materialized: boolean;
  populated: boolean;
  estimated_rows: number;
  has_unique_index: boolean;
  timeless: boolean;
  tracked: boolean;
  sources: Record<string, string>;
}

/** The views that exist, of those named. */
export async function readViews(db: Queryable, names: readonly string[]): Promise<View[]> {
  const rows = await db.run<Row>(sqlFile('refresh/views.sql', [names]));
  return rows.map(({ estimated_rows: estimatedRows, has_unique_index: hasUniqueIndex, ...row }) => ({
    ...row,
    estimatedRows,
    hasUniqueIndex,
  }));
}

/** What a run is made from, as its record keeps it: the sources, and the view itself, which may be made anew. */
export function madeFrom({ view, oid, sources }: View): Record<string, string> {
  return { ...sources, [view]: `o${oid}` };
}
