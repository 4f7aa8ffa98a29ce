import { relationName, type TableLayer } from '../../catalog/types.ts';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Build } from './copies.ts';

/** What is known of a layer's copies while they are made. */
export interface OverviewRow extends Build {
  readonly source_token: string | null;
  readonly definition: string | null;
  /** Of each merged zoom the side of its cells, in tile units. */
  readonly cells: readonly number[];
  readonly buffer: number;
  /** Rows that they were made of. */
  readonly rows: number;
  /** Rows of all copies. */
  readonly copied: number;
  /** Changed rows that were taken in since they were made of all rows. */
  readonly followed: number;
}

/** Whose changed rows copies take in. */
export function consumerOf(relation: string, geometry: string): string {
  return `overviews ${relation} ${geometry}`;
}

/** The row of a layer's copies, until the transaction ends; there is one from the first call on. */
export async function lockRow(tx: Queryable, layer: TableLayer): Promise<OverviewRow> {
  const [row] = await tx.run<OverviewRow & Record<string, unknown>>(
    sql`insert into chorograph.overview (relation, geometry) values (${relationName(layer)}, ${layer.geometry.column})
      on conflict (relation, geometry) do update set relation = excluded.relation
      returning id, build, source_token, definition, zooms, merged, made, cells, buffer, basis,
        rows::float8 as rows, copied::float8 as copied, followed::float8 as followed`,
  );
  if (!row) throw new Error('insert … returning gives a row');
  return row;
}
