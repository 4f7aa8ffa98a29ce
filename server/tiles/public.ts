/** What other capabilities may use: tiles of layers as they are served, and where a layer is. */
export type { TilesContext } from './context.ts';
export { getTile } from './service.ts';
export { layerBounds } from './tilejson/bounds.ts';
export { tileJson } from './tilejson/tilejson.ts';
export { tilesVersion } from './version.ts';
