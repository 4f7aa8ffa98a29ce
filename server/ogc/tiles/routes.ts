import { z } from 'zod';
import type { Readings } from '../../choropleth/public.ts';
import { checkTile } from '../../engine/grid.ts';
import { checkGridTile } from '../../engine/grids/grid.ts';
import { AppError } from '../../errors.ts';
import { TILE_RESPONSES, type TileJson } from '../../http/answers/tile.ts';
import { sendTile } from '../../http/past-express/hot-path.ts';
import { names, text, tileParams } from '../../http/requests/params.ts';
import { route, type Route } from '../../http/routes.ts';
import { answer, formatParam, rootUrl } from '../answers/answer.ts';
import { JSON_TYPE, link } from '../answers/links.ts';
import { collectionOf } from '../collections/collections.ts';
import { collectionUrl } from '../collections/describe.ts';
import { collectionParam, COLLECTIONS, JSON_OR_HTML } from '../collections/routes.ts';
import type { OgcContext } from '../context.ts';
import type { Systems } from '../place/systems.ts';
import { extentIn, gridNamed, matrixSet, matrixSets, systemOfGrid } from './grids.ts';
import { matrixSetDocument, WEB_MERCATOR_QUAD, type MatrixSet } from './matrix.ts';
import { collectionSource, datasetLayers, layersSource, type Source, type TileAsked } from './sources.ts';
import { tilesetDocument, tilesetMore, tilesetsDocument, type Tiled } from './tileset.ts';

const setParam = z.object({
  set: text(60).meta({ description: 'Id of the tile matrix set', example: WEB_MERCATOR_QUAD.id }),
});
const { z: zoom, x, y } = tileParams.shape;
const coordParams = setParam.extend({ z: zoom, row: y, col: x });
const collectionsParam = z.object({
  collections: names(20).optional().meta({
    description: 'Ids of the layers that a tile has; the first 20 where absent',
    example: 'us-airports',
  }),
});
const DATASET = 'Every layer';

export function tileRoutes(ctx: OgcContext, systems: Systems, readings: Readings): Route[] {
  const tilesetOf = async (tiled: Tiled, set: MatrixSet, tileJson: TileJson) => {
    const extent = set.grid && (await extentIn(ctx, set.grid, tileJson.bounds));
    return tilesetDocument(tiled, { set, tileJson, extent });
  };
  const datasetOf = (root: string): Tiled => ({ title: DATASET, url: `${root}/tiles`, search: '' });

  return [
    route({
      method: 'get',
      path: '/ogc/tileMatrixSets',
      tag: 'ogc',
      summary: 'OGC API: the grids that tiles are cut in',
      query: formatParam,
      responses: { 200: { description: 'The tile matrix sets', content: JSON_OR_HTML } },
      handle: async ({ query }, res, req) => {
        const root = rootUrl(ctx, req);
        const sets = await matrixSets(ctx, systems);
        const body = {
          tileMatrixSets: sets.map(({ id, title, uri, crs }) => {
            const links = [link('item', `${root}/tileMatrixSets/${id}`, JSON_TYPE, title)];
            return { id, title, ...(uri ? { uri } : {}), crs, links };
          }),
        };
        await answer(ctx, req, res, { title: 'Tile matrix sets', f: query.f, body, links: [] });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/tileMatrixSets/:set',
      tag: 'ogc',
      summary: 'OGC API: one grid',
      params: setParam,
      query: formatParam,
      responses: { 200: { description: 'The tile matrix set', content: JSON_OR_HTML } },
      handle: async ({ params, query }, res, req) => {
        const grid = gridNamed(ctx, params.set);
        const body = matrixSetDocument(await matrixSet(systems, grid), await systemOfGrid(systems, grid));
        const crumbs = [{ title: 'Tile matrix sets', path: '/tileMatrixSets' }];
        await answer(ctx, req, res, { title: params.set, crumbs, f: query.f, body });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/tiles',
      tag: 'ogc',
      summary: 'OGC API: the tilesets of the layers together',
      query: formatParam,
      responses: { 200: { description: 'The tilesets', content: JSON_OR_HTML } },
      handle: async ({ query }, res, req) => {
        const root = rootUrl(ctx, req);
        const body = tilesetsDocument(root, datasetOf(root), await matrixSets(ctx, systems));
        await answer(ctx, req, res, { title: 'Tiles', f: query.f, body, links: [] });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/tiles/:set',
      tag: 'ogc',
      summary: 'OGC API: the tileset of the layers together',
      params: setParam,
      query: formatParam,
      responses: { 200: { description: 'The tileset', content: JSON_OR_HTML } },
      handle: async ({ params, query, sight }, res, req) => {
        const set = await matrixSet(systems, gridNamed(ctx, params.set));
        const root = rootUrl(ctx, req);
        const layers = datasetLayers(ctx, undefined, sight);
        if (layers.length === 0) throw new AppError('layer_not_found', { detail: 'there are no layers' });
        const { document, url } = await layersSource(ctx, layers).tileJson({ sight, req });
        const tiled = datasetOf(root);
        const links = tilesetMore(root, tiled, set, url);
        const crumbs = [{ title: 'Tiles', path: '/tiles' }];
        const body = await tilesetOf(tiled, set, document);
        await answer(ctx, req, res, { title: DATASET, crumbs, f: query.f, body, links });
      },
    }),
    tileRoute({
      path: '/ogc/tiles/:set/:z/:row/:col',
      summary: 'OGC API: a vector tile of several layers together',
      query: collectionsParam,
      source: (_params, query: z.output<typeof collectionsParam>, sight) =>
        layersSource(ctx, datasetLayers(ctx, query.collections, sight)),
    }),
    route({
      method: 'get',
      path: '/ogc/collections/:collection/tiles',
      tag: 'ogc',
      summary: 'OGC API: the tilesets of a collection',
      params: collectionParam,
      query: formatParam,
      responses: { 200: { description: 'The tilesets', content: JSON_OR_HTML } },
      handle: async ({ params, query, sight }, res, req) => {
        const collection = collectionOf(ctx, params.collection, sight);
        const root = rootUrl(ctx, req);
        const tiled = tiledOf(root, collection);
        const body = tilesetsDocument(root, tiled, await matrixSets(ctx, systems));
        await answer(ctx, req, res, {
          title: 'Tiles',
          crumbs: crumbsOf(collection),
          f: query.f,
          body,
          links: [],
        });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/collections/:collection/tiles/:set',
      tag: 'ogc',
      summary: 'OGC API: the tileset of a collection in one grid',
      params: collectionParam.extend(setParam.shape),
      query: formatParam,
      responses: { 200: { description: 'The tileset', content: JSON_OR_HTML } },
      handle: async ({ params, query, sight }, res, req) => {
        const collection = collectionOf(ctx, params.collection, sight);
        const set = await matrixSet(systems, gridNamed(ctx, params.set));
        const root = rootUrl(ctx, req);
        const tiled = tiledOf(root, collection);
        const { document, url } = await collectionSource(ctx, readings, collection).tileJson({ sight, req });
        const links = tilesetMore(root, tiled, set, url);
        const crumbs = [...crumbsOf(collection), { title: 'Tiles', path: `${pathOf(collection)}/tiles` }];
        const body = await tilesetOf(tiled, set, document);
        await answer(ctx, req, res, { title: params.set, crumbs, f: query.f, body, links });
      },
    }),
    tileRoute({
      path: '/ogc/collections/:collection/tiles/:set/:z/:row/:col',
      summary: 'OGC API: a vector tile of a collection; columns and dimensions filter by name',
      params: collectionParam,
      openQuery: { example: { state: 'TX' } },
      source: (params: z.output<typeof collectionParam>, _query, sight) =>
        collectionSource(ctx, readings, collectionOf(ctx, params.collection, sight)),
    }),
  ];

  interface TileRoute<Params, Query> extends Pick<Route, 'path' | 'summary' | 'openQuery'> {
    readonly params?: z.ZodObject;
    readonly query?: z.ZodObject;
    readonly source: (params: Params, query: Query, sight: TileAsked['sight']) => Source;
  }

  /** A tile by its row and column, from the cache or the engine of the tiles that there are anyhow. */
  function tileRoute<Params, Query>({
    path,
    summary,
    openQuery,
    params,
    query,
    source,
  }: TileRoute<Params, Query>): Route {
    return route({
      method: 'get',
      path,
      tag: 'ogc',
      summary,
      params: params ? params.extend(coordParams.shape) : coordParams,
      ...(query ? { query } : {}),
      ...(openQuery ? { openQuery } : {}),
      responses: TILE_RESPONSES,
      handle: async (request, res, req) => {
        const epoch = ctx.epoch();
        const { set, z, row, col } = request.params as z.output<typeof coordParams>;
        const grid = gridNamed(ctx, set);
        const place = { z, x: col, y: row };
        const coord = grid ? checkGridTile(grid, place) : checkTile(place);
        const { extra, sight, signal } = request;
        const from = source(request.params as Params, request.query as Query, sight);
        const { tile, cacheControl } = await from.tile({ coord, grid, extra, sight, signal, req });
        await sendTile(ctx, req, res, tile, { epoch, cacheControl, canonical: true, layers: from.name, z });
      },
    });
  }
}

interface Named {
  readonly id: string;
  readonly title: string;
}

const pathOf = ({ id }: Named): string => `/collections/${encodeURIComponent(id)}`;
const crumbsOf = (collection: Named) => [COLLECTIONS, { title: collection.title, path: pathOf(collection) }];
const tiledOf = (root: string, collection: Named): Tiled => ({
  title: collection.title,
  url: `${collectionUrl(root, collection)}/tiles`,
  search: '',
});
