import { z } from 'zod';
import { names, text } from '../../http/requests/params.ts';
import { send } from '../../http/answers/respond.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import { route, type Route } from '../../http/routes.ts';
import type { TilesContext as Context } from '../context.ts';
import { layerStatistics } from './statistics.ts';

export const statisticsRoute = (ctx: Context): Route =>
  route({
    method: 'get',
    path: '/tiles/:layer/stats.json',
    tag: 'tiles',
    summary: 'What stands in the columns of a layer: types, range and percentiles, frequent values',
    params: z.object({ layer: text().meta({ description: 'Id of the layer', example: 'us-airports' }) }),
    query: z.object({
      columns: names().optional().meta({ description: 'Columns to tell of', example: 'name,iata' }),
    }),
    responses: {
      200: { description: 'Statistics by column', content: { 'application/json': { type: 'object' } } },
      304: { description: 'Not changed since the ETag given' },
    },
    handle: async ({ params, query, sight, signal }, res, req) => {
      const answer = await layerStatistics(ctx, {
        ...params,
        ...query,
        columns: query.columns,
        sight,
        signal,
      });
      await send(req, res, answer, cacheControl(false));
    },
  });
