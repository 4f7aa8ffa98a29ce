import { relationName, type TableLayer } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import { tokenOrMoment } from '../../generations/tokens.ts';
import type { OgcContext } from '../context.ts';

const known = new WeakMap<TableLayer, { readonly token: string; readonly has: boolean }>();

/**
 * Whether a layer has features without a geometry, looked up once per generation: spatial indexes are read as a whole to find
 * them, which a box that finds a handful should not take.
 */
export async function hasNowhere(ctx: OgcContext, layer: TableLayer): Promise<boolean> {
  const token = tokenOrMoment(ctx.generations.of(relationName(layer)));
  const isKept = layer.access !== 'role';
  const before = isKept ? known.get(layer) : undefined;
  if (before?.token === token) return before.has;
  const [row] = await ctx.db.run<{ has: boolean }>(
    sql`select exists (select from ${ident(layer.schema, layer.name)}
      where ${ident(layer.geometry.column)} is null) as has`,
    { readOnly: true },
  );
  const has = row?.has ?? false;
  if (isKept) known.set(layer, { token, has });
  return has;
}
