import { sqlFile } from '../../db/files.ts';
import type { Queryable } from '../../db/types.ts';
import { readRelations } from '../../generations/states.ts';
import { TokenBook } from '../../generations/token-book.ts';
import { isTold } from '../../generations/tokens.ts';

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
  /** Names of the relations that it is made of. */
  readonly sources: readonly string[];
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
  sources: string[];
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

/** What a view is made from now. */
export interface Origin {
  /** As the record of a run keeps it: the tokens of its sources, and the view itself, which may be made anew. */
  readonly madeFrom: Readonly<Record<string, string>>;
  /** True where every change of every source is told, so that "unchanged" is certain. */
  readonly isCertain: boolean;
}

export async function readOrigin(tx: Queryable, { view, oid, sources }: View): Promise<Origin> {
  const book = new TokenBook(await readRelations(tx));
  const tokens = sources.map((source): [string, string] => [source, book.of(source)]);
  return {
    madeFrom: { ...Object.fromEntries(tokens), [view]: `o${oid}` },
    isCertain: sources.every((source) => {
      const state = book.world.states.get(source);
      return state?.kind === 'v' || (state !== undefined && isTold(state));
    }),
  };
}
