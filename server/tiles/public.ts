/** What other capabilities may use: how the tiles of layers are made, whoever makes them. */
export type { TilesContext } from './context.ts';
export { planLayers } from './service.ts';
export { tileJson } from './tilejson/tilejson.ts';
export type { LayerPlan, RowsOfMoment } from './types.ts';
