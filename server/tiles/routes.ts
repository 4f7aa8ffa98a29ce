import { z } from 'zod';
import type { TableLayer } from '../catalog/types.ts';
import type { TilesContext as Context } from './context.ts';
import { checkTile } from '../engine/grid.ts';
import type { TileCoord } from '../engine/types.ts';
import { filterParams } from '../cql2/params.ts';
import { invalidParameter } from '../errors.ts';
import { names, text, tileParams } from '../http/requests/params.ts';
import { sendTile } from '../http/past-express/hot-path.ts';
import { json, send } from '../http/answers/respond.ts';
import {
  OPENED_TILE_RESPONSES,
  openedTile,
  openedTileParams,
  openedTileQuery,
} from '../http/answers/opened-tile.ts';
import type { Representation } from '../http/answers/respond.ts';
import { TILE_RESPONSES } from '../http/answers/tile.ts';
import { withSignal } from '../http/requests/with-signal.ts';
import { route, type Route, type RouteRequest } from '../http/routes.ts';
import { baseUrl, cacheControl } from '../http/answers/urls.ts';
import type { Sight } from '../sight/sight.ts';
import { pyramidSummary } from './pyramid.ts';
import { TilesNow } from './now.ts';
import { getTile } from './service.ts';
import { statisticsRoute } from './statistics/routes.ts';
import { tileJson } from './tilejson/tilejson.ts';
import { tilesVersion } from './version.ts';

const layersParam = z.object({
  layers: names(20).meta({ description: 'Ids of layers, joined by commas', example: 'santri-points' }),
});

export const tileQueryParams = z.object({
  columns: names()
    .optional()
    .meta({ description: 'Attributes to carry, by column name', example: 'skor_terakhir' }),
  g: text(40).optional().meta({
    description: 'Generation, as in the TileJSON: makes the answer immutable',
    example: 'Zk3v9Qm1xw2',
  }),
});

/** Of tables, and of those with a pyramid; arguments of tile functions, and columns of layers without a pyramid, may have these names. */
const namedParams = z.object({
  ...filterParams.shape,
  grid: z.enum(['square', 'hex']).optional().meta({
    description: 'Layers with a pyramid, below its switch zoom: cells as areas instead of points',
    example: 'hex',
  }),
  cluster: z.enum(['true', 'false']).optional().meta({
    description: 'Layers with a pyramid: false asks for the points themselves where they fit in a tile',
    example: 'true',
  }),
});

const VECTOR = ['mvt', 'pbf'];
/** The only parameter of a URL that says nothing more than where its tile is. */
const GENERATION = /^g=([\w.-]{1,40})$/;

const format = z.enum(['mvt', 'pbf', 'png', 'jpg', 'jpeg', 'webp'], { error: 'mvt or pbf' }).meta({
  description: 'mvt and pbf give the same bytes; others are for functions that make pictures',
  example: 'mvt',
});

export function tileRoutes(ctx: Context): Route[] {
  const now = new TilesNow(ctx);
  return [
    route({
      method: 'get',
      path: '/tiles',
      tag: 'tiles',
      summary: 'Every layer, and why some cannot be served',
      responses: { 200: { description: 'The layers', content: { 'application/json': { type: 'object' } } } },
      handle: async ({ sight }, res, req) => {
        const layers = layerList(ctx, baseUrl(ctx.config, req), sight);
        await send(req, res, json({ layers }), cacheControl(false));
      },
    }),
    route({
      method: 'get',
      path: '/tiles/:layers.json',
      tag: 'tiles',
      summary: 'TileJSON 3.0 of a layer, or of several joined by commas',
      params: layersParam,
      query: tileQueryParams,
      openQuery: { example: { kategori_kemiskinan: 'Miskin' }, named: namedParams },
      responses: { 200: { description: 'TileJSON', content: { 'application/json': { type: 'object' } } } },
      handle: async ({ params, query, extra, sight }, res, req) => {
        const asked = { columns: query.columns, query: extra, sight };
        const document = await tileJson(ctx, params.layers, baseUrl(ctx.config, req), asked);
        await send(req, res, json(document), cacheControl(false));
      },
    }),
    statisticsRoute(ctx),
    route({
      method: 'get',
      path: '/tiles/:layers/:z/:x/:y.json', // before those of all formats
      tag: 'tiles',
      summary: 'What a tile holds, as JSON: bytes, layers, attributes, and the first features in degrees',
      params: layersParam.extend(openedTileParams.shape),
      query: tileQueryParams.extend(openedTileQuery.shape),
      openQuery: { example: { kategori_kemiskinan: 'Miskin' }, named: namedParams },
      responses: OPENED_TILE_RESPONSES,
      handle: async (request, res, req) => {
        const coord = checkTile(request.params);
        const { tile, version } = await requestedTile(ctx, request, coord);
        const current = request.query.g !== undefined && request.query.g === version;
        await send(req, res, await openedTile(tile, coord, request.query.limit), cacheControl(current));
      },
    }),
    route({
      method: 'get',
      path: '/tiles/:layers/:z/:x/:y.:format',
      tag: 'tiles',
      summary: 'A vector tile of one or several layers; columns filter by equality (?state=48)',
      params: layersParam.extend({ ...tileParams.shape, format }),
      query: tileQueryParams,
      openQuery: { example: { kategori_kemiskinan: 'Miskin' }, named: namedParams },
      responses: TILE_RESPONSES,
      handle: async (request, res, req) => {
        const epoch = ctx.epoch();
        const { params, query } = request;
        const coord = checkTile(params);
        if (!VECTOR.includes(params.format)) refuseUnlessFunctions(ctx, request);
        const { tile, version } = await requestedTile(ctx, request, coord);
        const current = query.g !== undefined && query.g === version;
        await sendTile(ctx, req, res, tile, {
          epoch,
          cacheControl: cacheControl(current),
          canonical: query.g === undefined || current,
          layers: params.layers.join(),
          z: coord.z,
        });
      },
      now: ({ found: [, id = '', z, x, y, format = ''], query, signal }) => {
        const generation = query === '' ? undefined : GENERATION.exec(query)?.[1];
        if (!VECTOR.includes(format) || id.includes(',') || (query !== '' && generation === undefined))
          return undefined;
        return now.tile({ id, coord: { z: Number(z), x: Number(x), y: Number(y) }, generation }, signal);
      },
    }),
  ];
}

/** @throws AppError `invalid_parameter` (400) where a layer makes no pictures, `layer_not_found` (404) */
function refuseUnlessFunctions(
  ctx: Context,
  { params, sight }: TileRoute & { params: { format: string } },
): void {
  const layers = params.layers.map((id) => ctx.catalog.layer(id, sight.ofRows));
  if (layers.some(({ type }) => type !== 'function'))
    throw invalidParameter('format', params.format, 'mvt or pbf');
}

type TileRoute = Pick<
  RouteRequest<typeof layersParam, typeof tileQueryParams, undefined>,
  'params' | 'query' | 'extra' | 'sight' | 'signal'
>;

/** The tile, and the version that it is of where that can be told. */
async function requestedTile(
  ctx: Context,
  request: TileRoute,
  { z, x, y }: TileCoord,
): Promise<{ tile: Representation; version: string | undefined }> {
  const { params, query, extra, sight } = request;
  const layers = params.layers.map((id) => ctx.catalog.layer(id, sight.ofRows));
  const before = tilesVersion(ctx, layers);
  const asked = { layers: params.layers, coord: { z, x, y }, columns: query.columns, query: extra, sight };
  const tile = await getTile(
    ctx,
    withSignal(() => request.signal, asked),
  );
  // Tokens only grow: the same before and after means that the bytes are of this very version.
  return { tile, version: tilesVersion(ctx, layers) === before && !tile.stale ? before : undefined };
}

function layerList(ctx: Context, base: string, sight: Sight): object[] {
  const absent = [...ctx.catalog.absent(sight.ofRows)].map(([id, problem]) => {
    return { id, title: ctx.maps.layers[id]?.title ?? id, servable: false, ...problem };
  });
  const layers = ctx.catalog.seen(sight.ofRows).map((layer) => {
    const about = { id: layer.id, title: layer.title, description: layer.description, type: layer.type };
    if (layer.problem) return { ...about, servable: false, ...layer.problem };
    const path = encodeURIComponent(layer.id);
    return {
      ...about,
      servable: true,
      ...(layer.type === 'table'
        ? {
            kind: layer.kind,
            geometryType: layer.geometry.type,
            srid: layer.geometry.srid,
            ...rowsLeftOut(ctx, layer),
            ...(layer.geometry.sridAssumed ? { sridAssumed: true } : {}),
            ...(layer.geometry.hasIndex || layer.kind === 'view'
              ? {}
              : { warning: 'the geometry column has no spatial index' }),
            features: `${base}/features/${path}`,
          }
        : { arguments: layer.arguments }),
      ...pyramidSummary(ctx, layer),
      tilejson: `${base}/tiles/${path}.json`,
    };
  });
  return [...layers, ...absent];
}

/** Rows that the layer does not show, once it was asked for. */
function rowsLeftOut(ctx: Context, layer: TableLayer): object {
  const faults = ctx.faults.of(layer);
  if (!faults) return {};
  return faults.count > 0 || faults.incomplete ? { rowsLeftOut: faults } : {};
}
