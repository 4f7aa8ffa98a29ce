/** What other capabilities may use: collections by their ids, where they are, and systems of coordinates. */
export { rootUrl } from './answers/answer.ts';
export { GEOJSON_TYPE } from './answers/links.ts';
export { collectionOf } from './collections/collections.ts';
export { collectionUrl } from './collections/describe.ts';
export { collectionParam } from './collections/routes.ts';
export type { OgcContext } from './context.ts';
export { featureEtag, featureLinks } from './items/feature.ts';
export { Systems, type System } from './place/systems.ts';
