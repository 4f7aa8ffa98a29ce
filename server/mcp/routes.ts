import { z } from 'zod';
import { Readings } from '../choropleth/public.ts';
import { turnOf } from '../http/requests/client.ts';
import { route, type Route } from '../http/routes.ts';
import type { McpContext } from './context.ts';
import { figuresSeen } from './figures.ts';
import { checkOrigin } from './origin.ts';
import { answerMessage } from './server.ts';

/** One message; the library looks at the rest of it. */
const message = z.looseObject({ jsonrpc: z.literal('2.0', { error: '2.0' }) });

export function mcpRoute(ctx: McpContext): Route {
  const readings = new Readings(ctx);
  return route({
    method: 'post',
    path: '/mcp',
    tag: 'models',
    summary:
      'Tools over the maps for language models (Model Context Protocol, streamable HTTP, without sessions)',
    body: message,
    fromOtherOrigins: true,
    responses: {
      200: { description: 'The answer, as JSON-RPC', content: { 'application/json': { type: 'object' } } },
      202: { description: 'A notification was taken' },
      403: { description: 'Pages of this origin may not use it' },
      406: { description: 'Accept must name application/json and text/event-stream' },
    },
    handle: async ({ body, sight }, res, req) => {
      checkOrigin(req.get('origin'), ctx.config);
      const client = turnOf(req, sight);
      const figures = figuresSeen(ctx, readings, { sight, client });
      res.setHeader('Cache-Control', 'no-store');
      await answerMessage({ ctx, readings, figures, sight, client }, body, { req, res });
    },
  });
}
