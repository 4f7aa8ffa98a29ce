import { NAMES } from './components.ts';
import { get, LINKED, OBJECT, ref } from './operation.ts';
import { queryParameter, type Parameter } from './parameter.ts';

const TILE = { 'application/vnd.mapbox-vector-tile': { schema: { type: 'string', format: 'binary' } } };
const EMPTY = { '204': { description: 'Nothing lies in this tile' } };
const named = (name: string, description: string, schema: object): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema,
});

const index = { type: 'integer', minimum: 0 };
const SET = ref('tileMatrixSetId');
/** Which grid tiles are of. @param ids of those that there are */
export const tileMatrixSetId = (ids: readonly string[]): Parameter =>
  named('tileMatrixSetId', 'The grid', { type: 'string', enum: [...ids] });
const PLACE = [
  SET,
  named('tileMatrix', 'The zoom', { type: 'string' }),
  named('tileRow', 'The row, from the north', index),
  named('tileCol', 'The column, from the west', index),
];

/** The tilesets of something, one of them, and its tiles. @param prefix of the ids, which end as OGC API Tiles wants them */
export function tilePaths(
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
    [tile, get('Tiles', `${prefix}.getTile`, `A tile: ${title}`, [...PLACE, ...more], TILE, true, EMPTY)],
  ];
}

const COLLECTIONS_PARAMETER = queryParameter('collections', 'Ids of the layers that a tile has', NAMES);
const STYLE_ID = named('styleId', 'Id of the style', { type: 'string' });
const STYLE = { 'application/vnd.mapbox.style+json': { schema: { type: 'object' } } };
/** Paths of what is of no collection alone. */
export const DATASET_PATHS = Object.fromEntries([
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
