import { Registry } from 'prom-client';
import { route, type Route } from '../http/routes.ts';
import type { Metrics } from './metrics.ts';

/** Prometheus asks here; in a cluster any process answers for all of them. */
export function metricsRoutes({ metrics }: { metrics: Metrics }): Route[] {
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
  ];
}
