const FEATURES = 'http://www.opengis.net/spec/ogcapi-features';

/** What holds as well where layers are edited. */
export const EDITING: readonly string[] = [
  'create-replace-delete',
  'update',
  'optimistic-locking-etags',
  'features',
].map((name) => `${FEATURES}-4/1.0/conf/${name}`);

/** What holds here: each class was gone through, requirement by requirement, in test/ogc. */
export const CONFORMANCE: readonly string[] = [
  ...['core', 'oas30', 'html', 'geojson'].map((name) => `${FEATURES}-1/1.0/conf/${name}`),
  `${FEATURES}-2/1.0/conf/crs`,
  ...['queryables', 'queryables-query-parameters', 'filter', 'features-filter'].map(
    (name) => `${FEATURES}-3/1.0/conf/${name}`,
  ),
  ...['schemas', 'core-roles-features', 'queryables', 'sortables'].map(
    (name) => `${FEATURES}-5/1.0/conf/${name}`,
  ),
  ...[
    'core',
    'tileset',
    'tilesets-list',
    'dataset-tilesets',
    'geodata-tilesets',
    'collections-selection',
    'mvt',
    'oas30',
  ].map((name) => `http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/${name}`),
  ...[
    'tilematrixset',
    'tilematrixsetlimits',
    'json-tilematrixset',
    'json-tilematrixsetlimits',
    'tileset-metadata',
    'json-tileset-metadata',
  ].map((name) => `http://www.opengis.net/spec/tms/2.0/conf/${name}`),
  ...[
    'cql2-text',
    'cql2-json',
    'basic-cql2',
    'advanced-comparison-operators',
    'case-insensitive-comparison',
    'accent-insensitive-comparison',
    'basic-spatial-functions',
    'basic-spatial-functions-plus',
    'spatial-functions',
    'temporal-functions',
    'array-functions',
    'property-property',
    'arithmetic',
  ].map((name) => `http://www.opengis.net/spec/cql2/1.0/conf/${name}`),
];
