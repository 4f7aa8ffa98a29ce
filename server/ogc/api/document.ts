import type { Collection } from '../collections/collections.ts';
import { DEFAULT_LIMIT, MOST_ON_A_PAGE } from '../items/params.ts';
import { columnParameters } from './columns.ts';
import { queryParameter, type Parameter } from './parameter.ts';

interface ApiOptions {
  readonly server: string;
  readonly version: string;
  /** Features that any page has at most. */
  readonly featuresMax: number;
}

/**
 * The OpenAPI 3.0 document of what is below `/ogc`. Every collection has paths of its own, as clients such as GDAL look
 * there for the properties that they may filter by; and `limit` is a component, as that is where they look for its most.
 */
export function apiDocument(
  collections: readonly Collection[],
  { server, version, featuresMax }: ApiOptions,
): Record<string, unknown> {
  const most = Math.min(MOST_ON_A_PAGE, featuresMax);
  return {
    openapi: '3.0.3',
    info: {
      title: 'Chorograph: OGC API',
      version,
      description: 'Layers of PostGIS and choropleths as OGC API has them.',
      license: { name: 'MIT' },
    },
    servers: [{ url: server }],
    tags: [
      { name: 'Capabilities', description: 'What there is' },
      { name: 'Data', description: 'Features' },
      { name: 'Tiles', description: 'Vector tiles and styles' },
    ],
    paths: {
      '/': get('Capabilities', 'getLandingPage', 'The landing page', [ref('f')], LINKED),
      '/conformance': get('Capabilities', 'getConformance', 'The conformance classes', [ref('f')], OBJECT),
      '/api': get('Capabilities', 'getApi', 'This document', [ref('f')], OBJECT),
      '/collections': get('Capabilities', 'getCollections', 'The collections', [ref('f')], LINKED),
      ...Object.fromEntries(collections.flatMap(collectionPaths)),
      ...DATASET_PATHS,
    },
    components: {
      parameters: components(Math.min(DEFAULT_LIMIT, most), most),
      schemas: SCHEMAS,
      responses: RESPONSES,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
    security: [{}, { bearer: [] }, { header: [] }],
  };
}

function collectionPaths(collection: Collection): [string, object][] {
  const { id, title } = collection;
  const path = `/collections/${id}`;
  const name = id.replace(/\W+(\w)?/g, (_, first: string | undefined) => (first ?? '').toUpperCase());
  const items = ITEMS.map(ref);
  const feature = [FEATURE_ID, ...SHAPE.map(ref)];
  const tiles = `${name}.collection.vector`;
  return [
    [path, get('Capabilities', `describe.${name}`, title, [ref('f')], LINKED)],
    [
      `${path}/items`,
      get(
        'Data',
        `getFeatures.${name}`,
        `Features: ${title}`,
        [...items, ...columnParameters(collection)],
        COLLECTION,
      ),
    ],
    ...tilePaths(`${path}/tiles`, tiles, title),
    ...SCHEMAS_OF.map(([kind, about]): [string, object] => [
      `${path}/${kind}`,
      get('Data', `${kind}.${name}`, `${about}: ${title}`, [ref('f')], SCHEMA),
    ]),
    [
      `${path}/items/{featureId}`,
      get('Data', `getFeature.${name}`, `One feature: ${title}`, feature, FEATURE, true),
    ],
  ];
}

const SCHEMAS_OF = [
  ['schema', 'What features have'],
  ['queryables', 'What filters may name'],
  ['sortables', 'What features can be ordered by'],
] as const;

const SHAPE = ['f', 'crs', 'properties', 'skipGeometry'];
const ITEMS = [
  ...SHAPE,
  ...['limit', 'bbox', 'bbox-crs', 'datetime', 'filter', 'filter-lang', 'filter-crs', 'sortby', 'cursor'],
];

const ref = (name: string): object => ({ $ref: `#/components/parameters/${name}` });
const FEATURE_ID: Parameter = {
  name: 'featureId',
  in: 'path',
  description: 'Id of the feature',
  required: true,
  schema: { type: 'string' },
};

const schema = (name: string): object => ({ schema: { $ref: `#/components/schemas/${name}` } });
const HTML = { 'text/html': { schema: { type: 'string' } } };
const LINKED = { 'application/json': schema('linked'), ...HTML };
const OBJECT = { 'application/json': { schema: { type: 'object' } }, ...HTML };
const COLLECTION = { 'application/geo+json': schema('featureCollection'), ...HTML };
const SCHEMA = { 'application/schema+json': { schema: { type: 'object' } }, ...HTML };
const FEATURE = { 'application/geo+json': schema('feature'), ...HTML };

function get(
  tag: string,
  operationId: string,
  summary: string,
  parameters: readonly object[],
  content: object,
  isNamed = false,
): object {
  const failures = ['400', ...(isNamed ? ['404'] : []), '429', '500', '503'];
  const refused = failures.map((status) => [status, { $ref: '#/components/responses/problem' }]);
  const responses = { '200': { description: summary, content }, ...Object.fromEntries(refused) };
  return { get: { tags: [tag], operationId, summary, parameters, responses } };
}

function components(initial: number, most: number): Record<string, Parameter> {
  const uri = { type: 'string', format: 'uri' };
  const all = [
    queryParameter('f', 'json or html; what Accept says where absent', {
      type: 'string',
      enum: ['json', 'html'],
    }),
    queryParameter('limit', 'Features per page', {
      type: 'integer',
      minimum: 1,
      maximum: most,
      default: initial,
    }),
    queryParameter('bbox', 'A box, in CRS84 unless bbox-crs says otherwise', {
      type: 'array',
      oneOf: [
        { minItems: 4, maxItems: 4 },
        { minItems: 6, maxItems: 6 },
      ],
      items: { type: 'number' },
    }),
    queryParameter('bbox-crs', 'The system of bbox', uri),
    queryParameter('crs', 'The system that geometries are wanted in', uri),
    queryParameter('datetime', 'An instant, a day or an interval', { type: 'string' }),
    queryParameter('properties', 'Properties to carry', NAMES),
    queryParameter('skipGeometry', 'Leaves the geometry out', { type: 'boolean', default: false }),
    queryParameter('filter', 'CQL2: conditions on properties and the geometry', { type: 'string' }),
    queryParameter('filter-lang', 'What filter is written in', {
      type: 'string',
      enum: ['cql2-text', 'cql2-json'],
      default: 'cql2-text',
    }),
    queryParameter('filter-crs', 'The system of the geometries of filter', uri),
    queryParameter('sortby', 'Properties to order by, those with - in front from the highest', NAMES),
    queryParameter('cursor', 'From the next link of the page before', { type: 'string' }),
  ];
  return Object.fromEntries(all.map((parameter) => [parameter.name, parameter]));
}

const NAMES = { type: 'array', minItems: 1, items: { type: 'string' } };
const text = { type: 'string' };
const links = { type: 'array', items: { $ref: '#/components/schemas/link' } };
const SCHEMAS = {
  link: {
    type: 'object',
    required: ['href', 'rel', 'type'],
    properties: { href: text, rel: text, type: text, title: text },
  },
  linked: { type: 'object', required: ['links'], properties: { links } },
  feature: {
    type: 'object',
    required: ['type', 'geometry', 'properties'],
    properties: {
      type: { type: 'string', enum: ['Feature'] },
      id: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
      geometry: { type: 'object', nullable: true },
      properties: { type: 'object', nullable: true },
      links,
    },
  },
  featureCollection: {
    type: 'object',
    required: ['type', 'features'],
    properties: {
      type: { type: 'string', enum: ['FeatureCollection'] },
      features: { type: 'array', items: { $ref: '#/components/schemas/feature' } },
      links,
      numberMatched: { type: 'integer', minimum: 0 },
      numberReturned: { type: 'integer', minimum: 0 },
      timeStamp: { type: 'string', format: 'date-time' },
    },
  },
  problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'requestId'],
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: text,
      detail: text,
      requestId: text,
    },
  },
};
const RESPONSES = {
  problem: { description: 'An error', content: { 'application/problem+json': schema('problem') } },
};

const TILE = { 'application/vnd.mapbox-vector-tile': { schema: { type: 'string', format: 'binary' } } };
const named = (name: string, description: string, schema: object): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema,
});
const index = { type: 'integer', minimum: 0 };
const SET = named('tileMatrixSetId', 'The grid', { type: 'string', enum: ['WebMercatorQuad'] });
const PLACE = [
  SET,
  named('tileMatrix', 'The zoom', { type: 'string' }),
  named('tileRow', 'The row, from the north', index),
  named('tileCol', 'The column, from the west', index),
];

/** The tilesets of something, one of them, and its tiles. @param prefix of the ids, which end as OGC API Tiles wants them */
function tilePaths(
  path: string,
  prefix: string,
  title: string,
  more: readonly object[] = [],
): [string, object][] {
  const f = ref('f');
  const tile = `${path}/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`;
  return [
    [path, get('Tiles', `${prefix}.getTileSetsList`, `Tilesets: ${title}`, [f], LINKED)],
    [
      `${path}/{tileMatrixSetId}`,
      get('Tiles', `${prefix}.getTileSet`, `Tileset: ${title}`, [SET, f], LINKED, true),
    ],
    [tile, get('Tiles', `${prefix}.getTile`, `A tile: ${title}`, [...PLACE, ...more], TILE, true)],
  ];
}

const COLLECTIONS_PARAMETER = queryParameter('collections', 'Ids of the layers that a tile has', NAMES);
const STYLE_ID = named('styleId', 'Id of the style', { type: 'string' });
const STYLE = { 'application/vnd.mapbox.style+json': { schema: { type: 'object' } } };
const DATASET_PATHS = Object.fromEntries([
  ['/tileMatrixSets', get('Tiles', 'getTileMatrixSetsList', 'The grids of tiles', [ref('f')], LINKED)],
  [
    '/tileMatrixSets/{tileMatrixSetId}',
    get('Tiles', 'getTileMatrixSet', 'A grid of tiles', [SET, ref('f')], OBJECT, true),
  ],
  ...tilePaths('/tiles', 'all.dataset.vector', 'the layers together', [COLLECTIONS_PARAMETER]),
  ['/styles', get('Tiles', 'getStyles', 'The styles', [ref('f')], LINKED)],
  ['/styles/{styleId}', get('Tiles', 'getStyle', 'A style of MapLibre', [STYLE_ID], STYLE, true)],
  [
    '/styles/{styleId}/metadata',
    get('Tiles', 'getStyleMetadata', 'What a style is', [STYLE_ID, ref('f')], LINKED, true),
  ],
]);
