import type { TableLayer } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { AppError, invalidParameter } from '../../errors.ts';
import type { Access } from '../../sight/access.ts';
import type { Sight } from '../../sight/sight.ts';
import type { Editable } from '../editable.ts';
import { STATES } from './states.ts';

const ALL = 'all';

/** Whether somebody sees what is not approved: whoever edits or reviews the layer. */
export function seesDrafts({ layer, scope, review }: Editable, sight: Sight): boolean {
  const { viewer } = sight;
  const scopes = [scope, ...Object.values(review?.by ?? {})];
  const held =
    viewer?.only === undefined
      ? scopes.find((one) => viewer?.scopes.includes(one) || viewer?.scopes.includes('admin'))
      : undefined;
  // Noted either way: others are answered otherwise.
  const access: Access = `scope:${(held ?? scope).replace(/^scope:/, '')}`;
  if (held === undefined) {
    sight.sees('nobody', layer.id);
    return false;
  }
  return sight.sees(access, layer.id);
}

/** Rows of the table that are asked for by their state. */
export interface RowsOfState {
  readonly table: Pick<TableLayer, 'schema' | 'name'>;
  readonly where: readonly Sql[];
}

/** @throws AppError `invalid_parameter` (400), `unauthorized` (401), `forbidden` (403) */
export function rowsOfState(
  editable: Editable,
  wanted: string | readonly string[],
  sight: Sight,
): RowsOfState {
  const states = [...STATES, ALL];
  if (typeof wanted !== 'string' || !states.some((state) => state === wanted))
    throw invalidParameter('review', wanted, `one of ${states.join(', ')}`);
  if (!seesDrafts(editable, sight)) {
    if (sight.viewer)
      throw new AppError('forbidden', { detail: 'this key neither edits nor reviews this layer' });
    throw new AppError('unauthorized', { detail: 'what is not approved is seen by who edits or reviews it' });
  }
  const { schema, name } = editable.table;
  const where = wanted === ALL ? [] : [sql`t.${ident(editable.review!.column)} = ${wanted}`];
  return { table: { schema, name }, where };
}
