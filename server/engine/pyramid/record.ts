import { createHash } from 'node:crypto';
import { named, sql, type Sql } from '../../db/sql.ts';
import type { Queryable, RunOptions } from '../../db/types.ts';
import type { PyramidDefinition } from './definition.ts';

/** The relation whose generation grows with every build of the layer's pyramid. */
export function pyramidRelation(layer: string): string {
  return `chorograph.pyramid/${layer}`;
}

/** The name of a build's cells. */
export function tableName(id: number, build: number): string {
  return `pyramid_${id}_${build}`;
}

/** Whose changed rows a pyramid takes in. */
export function consumerOf({ layer }: { readonly layer: Pick<PyramidDefinition['layer'], 'id'> }): string {
  return `pyramid ${layer.id}`;
}

export interface CellsOptions extends RunOptions {
  /** It is the query that most ask for, whose statement connections keep: one for each layer. */
  readonly isKept?: boolean;
}

/**
 * A query on cells, and the token of what they are made of as `madeOf`: in one statement, as cells follow changes in
 * their place. Where connections keep it prepared it takes half as long.
 */
export function withMadeOf(layer: string, query: Sql, isKept: boolean): Sql {
  const asked = sql`select cells.*, p.source_token as "madeOf" from (${query}) cells
    join chorograph.pyramid p on p.layer = ${layer}`;
  return isKept ? named(`cells ${createHash('sha1').update(layer).digest('base64url')}`, asked) : asked;
}

/** What is known of a layer's pyramid while it is being built. */
export interface PyramidRow {
  id: number;
  build: number;
  definition: string | null;
  source_token: string | null;
  categories: string[] | null;
  has_other: boolean | null;
  points: number;
  cells: number;
  below: number | null;
  basis: string | null;
  followed: number;
}

/** The row of a layer's pyramid, until the transaction ends; undefined where another one has it. */
export async function lockRow(tx: Queryable, layer: string): Promise<PyramidRow | undefined> {
  const [row] = await tx.run<PyramidRow>(
    sql`select id, build, definition, source_token, categories, has_other, points, cells, below, basis, followed
      from chorograph.pyramid where layer = ${layer} for update skip locked`,
  );
  return row;
}
