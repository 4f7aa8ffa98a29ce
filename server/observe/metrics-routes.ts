import { Registry } from 'prom-client';
import { json, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsContext {
  readonly metrics: Metrics;
  readonly keys: { require(scope: 'audit'): NonNullable<Route['access']> };
}

/** Prometheus asks here; in a cluster any process answers for all of them. */
export function metricsRoutes({ metrics, keys }: MetricsContext): Route[] {
  return [
    route({
      method: 'get',
      path: '/metrics',
      tag: 'operations',
      summary: 'Metrics in the text format of Prometheus, of all processes together',
      responses: { 200: { description: 'Metrics', content: { 'text/plain': { type: 'string' } } } },
      handle: async (_request, res) => {
        const text = await metrics.text();
        res.setHeader('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE);
        res.setHeader('Cache-Control', 'no-store');
        res.end(text);
      },
    }),
    route({
      method: 'get',
      path: '/metrics/slowest',
      tag: 'operations',
      summary: 'The tiles that took longest to make in the last hour, of all processes together',
      access: keys.require('audit'),
      responses: {
        200: { description: 'The slowest first', content: { 'application/json': { type: 'object' } } },
      },
      handle: async (_request, res, req) =>
        send(req, res, json({ tiles: await metrics.slowestTiles() }), 'no-store'),
    }),
  ];
}
