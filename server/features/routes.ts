import { z } from 'zod';
import type { FeaturesContext as Context } from './context.ts';
import { invalidParameter } from '../errors.ts';
import { filterParams } from '../cql2/params.ts';
import { bbox, names, text, wholeNumber } from '../http/requests/params.ts';
import { Representation, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import { sendPieces } from '../http/answers/pieces.ts';
import { baseUrl, cacheControl } from '../http/answers/urls.ts';
import { askedFormat, exportRoutes } from './exports/routes.ts';
import { Exports } from './exports/sending.ts';
import { requestedPlan } from './requested.ts';
import { featureById, featureCollection, pageTail } from './service.ts';

const GEOJSON = 'application/geo+json; charset=utf-8';
const geojson = { 'application/geo+json': { type: 'object' } };
const DEFAULT_LIMIT = 100;

const layerParam = text().meta({ description: 'Id of the layer', example: 'us-airports' });
const query = z.object({
  bbox: bbox.optional().meta({ description: 'west,south,east,north in degrees', example: '-125,24,-66,50' }),
  columns: names()
    .optional()
    .meta({ description: 'Properties to carry, by column name', example: 'name,iata' }),
  limit: wholeNumber(1, 10_000_000)
    .default(DEFAULT_LIMIT)
    .meta({ description: 'Features per page; capped by the server', example: '1000' }),
  ...filterParams.shape,
  cursor: text(2000)
    .optional()
    .meta({ description: 'From the next link of the page before', aside: 'eyJrIjo0Mn0' }),
  f: z
    .enum(['geojson', 'csv', 'ndjson', 'geojsons', 'fgb', 'parquet'], {
      error: 'geojson, csv, ndjson, geojsons, fgb or parquet',
    })
    .optional()
    .meta({
      description: 'geojson: this page; any other: all rows, as by its ending or Accept',
      example: 'geojson',
    }),
});

export function featureRoutes(ctx: Context): Route[] {
  const exports = new Exports(ctx);
  return [
    ...exportRoutes(ctx, exports),
    route({
      method: 'get',
      path: '/features/:layer',
      tag: 'features',
      summary:
        'GeoJSON features of a layer, page by page; filter= takes CQL2, columns filter by equality (?state=48)',
      params: z.object({ layer: layerParam }),
      query,
      openQuery: { example: { state: 'TX' } },
      responses: { 200: { description: 'A GeoJSON FeatureCollection (RFC 7946)', content: geojson } },
      handle: async ({ params, query, extra, sight, signal }, res, req) => {
        const plan = requestedPlan(ctx, { ...query, layer: params.layer, query: extra, sight });
        const format = askedFormat(req, query.f);
        const url = new URL(req.originalUrl, baseUrl(ctx.config, req));
        const nextUrl = (cursor: string): string => {
          url.searchParams.set('cursor', cursor);
          return baseUrl(ctx.config, req) + url.pathname + url.search;
        };
        const own = ctx.roles.reading(ctx, plan.layer.access, sight);
        res.vary('Accept');
        if (format) {
          if (query.cursor !== undefined)
            throw invalidParameter('cursor', query.cursor, 'left out: exports have no pages');
          const limit = req.query.limit === undefined ? undefined : query.limit;
          return exports.send(own, { plan, format, limit }, req, res, signal);
        }
        const pieces = featureCollection(own, plan, (end) => pageTail(end, nextUrl), signal);
        await sendPieces(req, res, pieces, { type: GEOJSON, cacheControl: cacheControl(false), signal });
      },
    }),
    route({
      method: 'get',
      path: '/features/:layer/:id',
      tag: 'features',
      summary: 'One feature by its key',
      params: z.object({
        layer: layerParam,
        id: text(400).meta({ description: 'Key of the feature', example: '1' }),
      }),
      responses: { 200: { description: 'A GeoJSON Feature', content: geojson } },
      handle: async ({ params, sight, signal }, res, req) => {
        const body = Buffer.from(await featureById(ctx, params, signal, sight));
        await send(req, res, new Representation(body, GEOJSON), cacheControl(false));
      },
    }),
  ];
}
