import type { Request } from 'express';
import { z } from 'zod';
import { filterParams } from '../../cql2/params.ts';
import { bbox, names, text, wholeNumber } from '../../http/requests/params.ts';
import { route, type Route } from '../../http/routes.ts';
import type { FeaturesContext as Context } from '../context.ts';
import { requestedPlan } from '../requested.ts';
import { FORMATS, type ExportFormat } from './formats.ts';
import type { Exports } from './sending.ts';

const query = z.object({
  bbox: bbox.optional().meta({ description: 'west,south,east,north in degrees', example: '-125,24,-66,50' }),
  columns: names().optional().meta({ description: 'Columns to carry, by name', example: 'name,iata' }),
  limit: wholeNumber(1, 1_000_000_000).optional().meta({
    description: 'Rows at most; all of them where absent',
    example: '1000',
  }),
  ...filterParams.shape,
});

/** All rows of a layer, by the ending of the URL. */
export function exportRoutes(ctx: Context, exports: Exports): Route[] {
  return FORMATS.map((format) =>
    route({
      method: 'get',
      path: `/features/:layer.${format.name}`,
      tag: 'features',
      summary: `All features of a layer as ${format.what}; filters as for /features/{layer}`,
      params: z.object({ layer: text().meta({ description: 'Id of the layer', example: 'us-airports' }) }),
      query,
      openQuery: { example: { state: 'TX' } },
      responses: {
        200: {
          description: format.what,
          content: { [format.type.split(';')[0] ?? '']: { type: 'string' } },
        },
        503: { description: 'Too many exports are under way; Retry-After tells when to ask again' },
      },
      handle: async ({ params, query, extra, sight, signal }, res, req) => {
        const plan = requestedPlan(ctx, { ...query, layer: params.layer, limit: 1, query: extra, sight });
        const own = ctx.roles.reading(ctx, plan.layer.access, sight);
        await exports.send(own, { plan, format, limit: query.limit }, req, res, signal);
      },
    }),
  );
}

/** The format of an export that a request asks for otherwise; undefined where it asks for a page of GeoJSON. */
export function askedFormat(req: Request, f: string | undefined): ExportFormat | undefined {
  if (f !== undefined) return f === 'geojson' ? undefined : FORMATS.find(({ name }) => name === f);
  const { accept } = req.headers;
  // What browsers and most clients send names none of the others.
  if (!accept || !/csv|ndjson|json-seq|flatgeobuf|parquet/.test(accept)) return undefined;
  const types = FORMATS.map(({ type }) => type.split(';')[0] ?? '');
  const wanted = req.accepts(['application/geo+json', 'application/json', ...types]);
  return FORMATS.find(({ name, type }) => name !== 'geojson' && type.split(';')[0] === wanted);
}
