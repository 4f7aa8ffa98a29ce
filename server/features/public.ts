/** What other capabilities may use: pages of the rows of layers, whoever asks for them. */
export type { FeaturesContext } from './context.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export { countQuery, geometryText, inBox, type Ordering, type Placing } from './query.ts';
export {
  featureById,
  featureCollection,
  NO_KEY,
  planFeatures,
  rowsOf,
  type FeaturesPlan,
  type PageEnd,
  type RowsContext,
} from './service.ts';
