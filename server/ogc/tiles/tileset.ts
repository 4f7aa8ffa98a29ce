import { MVT, type TileJson } from '../../http/answers/tile.ts';
import { JSON_TYPE, link, type Link } from '../answers/links.ts';
import { CRS84 } from '../place/systems.ts';
import type { Bounds } from '../../engine/types.ts';
import { gridLimitsOf, gridZoom, limitsOf, type MatrixSet } from './matrix.ts';

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

/** The tilesets of something: one in each grid. */
export const tilesetsDocument = (
  root: string,
  tiled: Tiled,
  sets: readonly MatrixSet[],
): Record<string, unknown> => ({
  tilesets: sets.map((set) => ({ ...about(tiled, set), links: tilesetLinks(root, tiled, set) })),
});

const about = ({ title }: Tiled, { uri, crs }: MatrixSet): Record<string, unknown> => ({
  title,
  dataType: 'vector',
  crs,
  ...(uri ? { tileMatrixSetURI: uri } : {}),
});

const tilesetLinks = (root: string, { url, title }: Tiled, { id }: MatrixSet): Link[] => [
  link('self', `${url}/${id}`, JSON_TYPE, `Tiles: ${title}`),
  link(SCHEME, `${root}/tileMatrixSets/${id}`, JSON_TYPE, id),
];

/** What a tileset is of, as its TileJSON has it, and how far that reaches on the plane of its grid. */
export interface Tileset {
  readonly set: MatrixSet;
  readonly tileJson: TileJson;
  readonly extent: Bounds | undefined;
}

/** Tileset metadata (OGC 17-083r4), drawn from the TileJSON of the same layers. */
export function tilesetDocument(tiled: Tiled, { set, tileJson, extent }: Tileset): Record<string, unknown> {
  const { bounds, center, minzoom, maxzoom, description, attribution, vector_layers: layers = [] } = tileJson;
  const [west, south, east, north] = bounds;
  const { grid } = set;
  const matrix = (zoom: number): string => String(grid ? gridZoom(grid, zoom) : zoom);
  return {
    ...about(tiled, set),
    ...(description ? { description } : {}),
    ...(attribution ? { attribution } : {}),
    tileMatrixSetId: set.id,
    tileMatrixSetLimits: grid
      ? gridLimitsOf(grid, extent, minzoom, maxzoom)
      : limitsOf(bounds, minzoom, maxzoom),
    boundingBox: { lowerLeft: [west, south], upperRight: [east, north], crs: CRS84.uri },
    centerPoint: { coordinates: [center[0], center[1]], crs: CRS84.uri, tileMatrix: matrix(center[2]) },
    layers: layers.map(({ id, description, minzoom, maxzoom, fields }) => ({
      id,
      ...(description ? { description } : {}),
      dataType: 'vector',
      minTileMatrix: matrix(minzoom),
      maxTileMatrix: matrix(maxzoom),
      propertiesSchema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(fields).map(([name, type]) => [name, { type: type.toLowerCase() }]),
        ),
      },
    })),
  };
}

/** From a tileset to its tiles, its grid and, where that is the grid of TileJSON, its TileJSON. */
export function tilesetMore(
  root: string,
  tiled: Tiled,
  { id, grid }: MatrixSet,
  tileJsonUrl: string,
): Link[] {
  const template = `${tiled.url}/${id}/{tileMatrix}/{tileRow}/{tileCol}${tiled.search}`;
  return [
    { ...link('item', template, MVT, 'Mapbox vector tiles'), templated: true },
    link(SCHEME, `${root}/tileMatrixSets/${id}`, JSON_TYPE, id),
    ...(grid ? [] : [link('describedby', tileJsonUrl, JSON_TYPE, 'TileJSON 3.0')]),
  ];
}
