/** What other capabilities may use: pages of the rows of layers, whoever asks for them. */
export type { FeaturesContext } from './context.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export {
  countQuery,
  featureQuery,
  featuresQuery,
  geometryText,
  inBox,
  isAnyRow,
  isRow,
  rowVersion,
  type Ordering,
  type PageRow,
  type Placing,
} from './query.ts';
export {
  featureById,
  featureCollection,
  featureText,
  isId,
  NO_KEY,
  noFeature,
  planFeatures,
  rowsOf,
  type FeaturesPlan,
  versionedFeature,
  type PageEnd,
  type RowsContext,
} from './service.ts';
