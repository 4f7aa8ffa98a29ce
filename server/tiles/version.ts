import { relationName, type Layer } from '../catalog/types.ts';
import { contentTag } from '../http/respond.ts';
import type { TilesContext as Context } from './context.ts';

/** What `g=` in a tile URL must be for the answer to be immutable; undefined where a layer has no generation. */
export function tilesVersion(ctx: Context, layers: readonly Layer[]): string | undefined {
  const tokens = layers.map((layer) =>
    layer.type === 'table' ? ctx.pyramids.tilesVersion(layer, ctx.generations.of(relationName(layer))) : '0',
  );
  if (tokens.includes('0')) return undefined;
  return tokens.length === 1 ? tokens[0] : contentTag(tokens.join());
}
