import type { TableLayer } from '../../catalog/types.ts';
import type { Collection } from '../collections/collections.ts';
import { DEFAULT_LIMIT, MOST_ON_A_PAGE } from '../items/params.ts';
import { columnParameters } from './columns.ts';
import { components, SCHEMAS } from './components.ts';
import { COLLECTION, FEATURE, get, LINKED, OBJECT, ref, RESPONSES, SCHEMA } from './operation.ts';
import type { Parameter } from './parameter.ts';
import { bulk, changing, creating, REVIEW_STATE, reviewing } from './editing.ts';
import { DATASET_PATHS, tileMatrixSetId, tilePaths } from './tile-paths.ts';

interface ApiOptions {
  readonly server: string;
  readonly version: string;
  /** Undefined where a layer is not edited. */
  readonly editing: (layer: TableLayer) => { readonly review: object | undefined } | undefined;
  /** Features that any page has at most. */
  readonly featuresMax: number;
  /** Ids of the grids. */
  readonly grids: readonly string[];
}

/**
 * The OpenAPI 3.0 document of what is below `/ogc`. Every collection has paths of its own, as clients such as GDAL look
 * there for the properties that they may filter by; and `limit` is a component, as that is where they look for its most.
 */
export function apiDocument(
  collections: readonly Collection[],
  { server, version, featuresMax, editing, grids }: ApiOptions,
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
      ...Object.fromEntries(collections.flatMap((one) => collectionPaths(one, editing))),
      ...DATASET_PATHS,
    },
    components: {
      parameters: {
        ...components(Math.min(DEFAULT_LIMIT, most), most),
        tileMatrixSetId: tileMatrixSetId(grids),
      },
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

function collectionPaths(collection: Collection, editing: ApiOptions['editing']): [string, object][] {
  const { id, title } = collection;
  const path = `/collections/${id}`;
  const items = ITEMS.map(ref);
  const feature = [FEATURE_ID, ...SHAPE.map(ref)];
  const tiles = `${id}.collection.vector`;
  const edited = collection.kind === 'layer' ? editing(collection.layer) : undefined;
  const states = edited?.review ? [REVIEW_STATE] : [];
  return [
    [path, get('Capabilities', `describe.${id}`, title, [ref('f')], LINKED, true)],
    [
      `${path}/items`,
      {
        ...get(
          'Data',
          `getFeatures.${id}`,
          `Features: ${title}`,
          [...items, ...columnParameters(collection), ...states],
          COLLECTION,
        ),
        ...(edited ? creating(id, title) : {}),
      },
    ],
    ...(edited?.review
      ? [[`${path}/items/{featureId}/review`, reviewing(id, title, FEATURE_ID)] satisfies [string, object]]
      : []),
    ...(edited ? [[`${path}/bulk`, bulk(id, title)] satisfies [string, object]] : []),
    ...tilePaths(`${path}/tiles`, tiles, title),
    ...SCHEMAS_OF.map(([kind, about]): [string, object] => [
      `${path}/${kind}`,
      get('Data', `${kind}.${id}`, `${about}: ${title}`, [ref('f')], SCHEMA),
    ]),
    [
      `${path}/items/{featureId}`,
      {
        ...get('Data', `getFeature.${id}`, `One feature: ${title}`, feature, FEATURE, true),
        ...(edited ? changing(id, title, FEATURE_ID) : {}),
      },
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

const FEATURE_ID: Parameter = {
  name: 'featureId',
  in: 'path',
  description: 'Id of the feature',
  required: true,
  schema: { type: 'string' },
};
