import { MVT, type TileJson } from '../../http/answers/tile.ts';
import { JSON_TYPE, link, type Link } from '../answers/links.ts';
import { CRS84 } from '../place/systems.ts';
import { limitsOf, WEB_MERCATOR_QUAD } from './matrix.ts';

const { id: SET, uri, crs } = WEB_MERCATOR_QUAD;
export const TILESETS = 'http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector';
const SCHEME = 'http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme';

/** What tiles are of: the dataset, or one collection. */
export interface Tiled {
  readonly title: string;
  /** Where its tilesets are: `…/tiles`. */
  readonly url: string;
  /** Parameters that its tiles go without nowhere, with `?`. */
  readonly search: string;
}

/** The tilesets of something, which is one. */
export const tilesetsDocument = (root: string, tiled: Tiled): Record<string, unknown> => ({
  tilesets: [{ ...about(tiled), links: tilesetLinks(root, tiled) }],
});

const about = ({ title }: Tiled): Record<string, unknown> => ({
  title,
  dataType: 'vector',
  crs,
  tileMatrixSetURI: uri,
});

export const tilesetLinks = (root: string, { url, title }: Tiled): Link[] => [
  link('self', `${url}/${SET}`, JSON_TYPE, `Tiles: ${title}`),
  link(SCHEME, `${root}/tileMatrixSets/${SET}`, JSON_TYPE, SET),
];

/** Tileset metadata (OGC 17-083r4), drawn from the TileJSON of the same tiles. */
export function tilesetDocument(tiled: Tiled, tileJson: TileJson): Record<string, unknown> {
  const { bounds, center, minzoom, maxzoom, description, attribution, vector_layers: layers = [] } = tileJson;
  const [west, south, east, north] = bounds;
  return {
    ...about(tiled),
    ...(description ? { description } : {}),
    ...(attribution ? { attribution } : {}),
    tileMatrixSetId: SET,
    tileMatrixSetLimits: limitsOf(bounds, minzoom, maxzoom),
    boundingBox: { lowerLeft: [west, south], upperRight: [east, north], crs: CRS84.uri },
    centerPoint: { coordinates: [center[0], center[1]], crs: CRS84.uri, tileMatrix: String(center[2]) },
    layers: layers.map(({ id, description, minzoom, maxzoom, fields }) => ({
      id,
      ...(description ? { description } : {}),
      dataType: 'vector',
      minTileMatrix: String(minzoom),
      maxTileMatrix: String(maxzoom),
      propertiesSchema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(fields).map(([name, type]) => [name, { type: type.toLowerCase() }]),
        ),
      },
    })),
  };
}

/** From a tileset to its tiles, its grid and its TileJSON. */
export function tilesetMore(root: string, tiled: Tiled, tileJsonUrl: string): Link[] {
  const template = `${tiled.url}/${SET}/{tileMatrix}/{tileRow}/{tileCol}${tiled.search}`;
  return [
    { ...link('item', template, MVT, 'Mapbox vector tiles'), templated: true },
    link(SCHEME, `${root}/tileMatrixSets/${SET}`, JSON_TYPE, SET),
    link('describedby', tileJsonUrl, JSON_TYPE, 'TileJSON 3.0'),
  ];
}
