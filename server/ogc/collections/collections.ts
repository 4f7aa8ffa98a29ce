import type { TableLayer } from '../../catalog/types.ts';
import type { Choropleth } from '../../choropleth/public.ts';
import { AppError, shorten } from '../../errors.ts';
import type { Sight } from '../../sight/sight.ts';
import type { OgcContext } from '../context.ts';

/** A published layer, or a choropleth: its regions with their values. */
export type Collection =
  | { readonly kind: 'layer'; readonly id: string; readonly title: string; readonly layer: TableLayer }
  | {
      readonly kind: 'choropleth';
      readonly id: string;
      readonly title: string;
      readonly choropleth: Choropleth;
    };

/** Ids of layers have no colon. */
const PREFIX = 'choropleth:';

/** Every collection that one may see and that can be served. */
export function collectionsOf(ctx: OgcContext, sight: Sight): Collection[] {
  const layers = ctx.catalog
    .seen(sight.ofRows)
    .filter((layer): layer is TableLayer => layer.type === 'table' && !layer.problem)
    .map((layer): Collection => ({ kind: 'layer', id: layer.id, title: layer.title, layer }));
  const choropleths = ctx.choropleths
    .seen(sight.ofRows)
    .flatMap(({ choropleth }) => (choropleth ? [ofChoropleth(choropleth)] : []));
  return [...layers, ...choropleths];
}

const ofChoropleth = (choropleth: Choropleth): Collection => ({
  kind: 'choropleth',
  id: PREFIX + choropleth.id,
  title: choropleth.title,
  choropleth,
});

/**
 * What one may not see is not there.
 * @throws AppError `layer_not_found`, `choropleth_not_found` (404), or why it cannot be served (501)
 */
export function collectionOf(ctx: OgcContext, id: string, sight: Sight): Collection {
  if (id.startsWith(PREFIX)) return ofChoropleth(ctx.choropleths.get(id.slice(PREFIX.length), sight.ofRows));
  const layer = ctx.catalog.tableLayer(id, sight.ofRows);
  // By the name that the database has for it, a layer is found as well; a collection has one name.
  if (layer.id !== id)
    throw new AppError('layer_not_found', { detail: `there is no collection ${shorten(id, 60)}` });
  return { kind: 'layer', id: layer.id, title: layer.title, layer };
}

/** The layer that its geometries are of. */
export const layerOf = (collection: Collection): TableLayer =>
  collection.kind === 'layer' ? collection.layer : collection.choropleth.levels[0].layer;
