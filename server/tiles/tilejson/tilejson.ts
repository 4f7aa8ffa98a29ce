import { relationName, type Column, type Layer, type TableLayer } from '../../catalog/types.ts';
import { mergedZooms } from '../../engine/overviews/overviews.ts';
import { PICTURES } from '../../engine/postgis/content.ts';
import { defaultColumns, withKey } from '../../engine/postgis/tile-query.ts';
import type { Bounds } from '../../engine/types.ts';
import { invalidParameter } from '../../errors.ts';
import { MAX_ZOOM, zoomToFit, type TileJson, type VectorLayer } from '../../http/answers/tile.ts';
import { layerBounds } from './bounds.ts';
import type { TilesContext as Context } from '../context.ts';
import { contentsOf } from './probe.ts';
import { fieldsByZoom, fieldTypes, thinningOf, type FieldType } from '../pyramid.ts';
import { planLayers } from '../service.ts';
import type { TileRequest } from '../types.ts';
import { tilesVersion } from '../version.ts';

/** What a TileJSON is asked with besides its layers: the parameters and filters of its tiles. */
export interface TileJsonQuery {
  columns: readonly string[] | undefined;
  query: TileRequest['query'];
  /** What is public where absent. */
  sight?: TileRequest['sight'];
}

/**
 * The TileJSON of one layer or of several in one tile; its tiles have the parameters that it was asked with.
 * @throws AppError `layer_not_found`, and what its tiles would be refused for
 */
export async function tileJson(
  ctx: Context,
  ids: readonly string[],
  base: string,
  asked: TileJsonQuery = { columns: undefined, query: {} },
): Promise<TileJson> {
  const layers = ids.map((id) => ctx.catalog.layer(id, asked.sight?.ofRows));
  const reading = (layer: Layer): Context => ctx.roles.reading(ctx, layer.access, asked.sight);
  const zooms = layers.map((layer) => zoomRange(ctx, layer, asked));
  const [minzoom, maxzoom] = [Math.min(...zooms.map((z) => z[0])), Math.max(...zooms.map((z) => z[1]))];
  const plans = planLayers(ctx, layers, { coord: { z: minzoom, x: 0, y: 0 }, ...asked });
  const described = await Promise.all(
    plans.map(({ layer, query }, i) =>
      describe(reading(layer), layer, { ...asked, query }, zooms[i] ?? [0, MAX_ZOOM]),
    ),
  );
  const picture = described.find(({ type }) => type !== undefined)?.type;
  if (picture !== undefined && layers.length > 1)
    throw invalidParameter('layers', ids.join(), 'of vector tiles where several are asked for together');
  const bounds = unite(await Promise.all(layers.map((layer) => layerBounds(reading(layer), layer))));
  const version = tilesVersion(ctx, layers);
  const attribution = [...new Set(layers.map((layer) => layer.attribution).filter(Boolean))].join(', ');
  const { ending = 'mvt' } = Object.values(PICTURES).find(({ type }) => type === picture) ?? {};
  return {
    tilejson: '3.0.0',
    tiles: [
      `${base}/tiles/${ids.map(encodeURIComponent).join(',')}/{z}/{x}/{y}.${ending}${search(asked, version)}`,
    ],
    name: layers.map((layer) => layer.title).join(', '),
    ...(layers.length === 1 && layers[0]?.description ? { description: layers[0].description } : {}),
    ...(attribution ? { attribution } : {}),
    version: '1.0.0',
    scheme: 'xyz',
    bounds,
    center: [
      (bounds[0] + bounds[2]) / 2,
      (bounds[1] + bounds[3]) / 2,
      Math.min(maxzoom, Math.max(minzoom, zoomToFit(bounds))),
    ],
    minzoom,
    maxzoom,
    ...(picture === undefined
      ? { vector_layers: described.flatMap((one) => one.layers) }
      : { format: ending }),
  };
}

/** Parameters as the tiles' URL has them, the generation last. */
function search({ columns, query }: TileJsonQuery, version: string | undefined): string {
  const entries = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  const all: [string, string][] = [
    ...(columns ? [['columns', columns.join()] satisfies [string, string]] : []),
    ...entries,
    ...(version ? [['g', version] satisfies [string, string]] : []),
  ];
  return all.length === 0 ? '' : `?${new URLSearchParams(all).toString()}`;
}

interface Described {
  layers: VectorLayer[];
  /** Media type of tiles that are no vector tiles. */
  type?: string | undefined;
}

async function describe(
  ctx: Context,
  layer: Layer,
  { columns, query }: TileJsonQuery,
  [minzoom, maxzoom]: Zooms,
): Promise<Described> {
  const about = layer.description ? { description: layer.description } : {};
  if (layer.type === 'function') {
    const { layers, type } = await contentsOf(ctx, layer, query);
    // Where nothing was found and nobody says, a layer of the function's name is the best guess.
    const found = layers.length > 0 || type !== undefined ? layers : [{ id: layer.id, fields: {} }];
    return {
      layers: found.map((one) => ({ ...about, minzoom, maxzoom, ...one })) as VectorLayer[],
      type,
    };
  }
  const chosen = columns ? layer.columns.filter(({ name }) => columns.includes(name)) : defaultColumns(layer);
  const all = withKey(layer, chosen);
  const pyramid = ctx.pyramids.of(layer);
  const types = Object.fromEntries(all.map((column) => [column.name, fieldType(column)]));
  const texts = Object.fromEntries(all.map((column) => [column.name, fieldDescription(column)]));
  return {
    layers: [
      {
        id: layer.id,
        ...about,
        minzoom,
        maxzoom,
        fields: fieldTypes(pyramid, types),
        descriptions: fieldsByZoom(pyramid, texts),
        ...thinningOf(pyramid),
        // A filter chooses from all rows.
        ...(Object.keys(query).length === 0 ? mergingOf(ctx, layer) : {}),
      },
    ],
  };
}

/** What TileJSON says of zooms at which a feature stands for several rows. */
function mergingOf({ generations, memory }: Context, layer: TableLayer): Pick<VectorLayer, 'merged'> {
  const token = generations.of(relationName(layer));
  const zooms = memory.engineOf(layer, token) === 'postgis' ? mergedZooms(layer, token) : [];
  if (zooms.length === 0) return {};
  const keeps =
    'of small neighbours one: polygons are put together, of lines the longest is left; X-Tile-Truncated says where';
  return { merged: { zooms, keeps } };
}

/** Whole numbers beyond 2^53 are text in tiles all the same. */
function fieldType({ kind }: Column): FieldType {
  if (kind === 'boolean') return 'Boolean';
  return kind === 'integer' || kind === 'bigint' || kind === 'number' ? 'Number' : 'String';
}

function fieldDescription({ type, description }: Column): string {
  return description ? `${type}: ${description}` : type;
}

type Zooms = readonly [minzoom: number, maxzoom: number];

/** The zooms that have tiles. Cells drawn as areas are there below the layer's switch zoom alone. */
function zoomRange(ctx: Context, layer: Layer, { query }: TileJsonQuery): Zooms {
  const { minzoom = 0, maxzoom = MAX_ZOOM } = layer;
  const below = query.grid === undefined ? undefined : ctx.pyramids.of(layer)?.definition.below;
  const last = below === undefined ? maxzoom : Math.min(maxzoom, below - 1);
  return [Math.min(minzoom, last), Math.max(last, minzoom)];
}

function unite(all: readonly Bounds[]): Bounds {
  return [
    Math.min(...all.map((b) => b[0])),
    Math.min(...all.map((b) => b[1])),
    Math.max(...all.map((b) => b[2])),
    Math.max(...all.map((b) => b[3])),
  ];
}
