/** What other capabilities may use: tiles of layers as they are served, how they are made, and where a layer is. */
export type { TilesContext } from './context.ts';
export { getTile, planLayers } from './service.ts';
export { layerBounds } from './tilejson/bounds.ts';
export { tileJson } from './tilejson/tilejson.ts';
export type { LayerPlan, RowsOfMoment } from './types.ts';
export { tilesVersion } from './version.ts';
