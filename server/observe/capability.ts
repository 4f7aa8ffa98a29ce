import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { healthRoutes, type HealthContext } from './health.ts';
import type { Metrics } from './metrics.ts';
import { metricsRoutes } from './metrics-routes.ts';

interface ObserveContext extends HealthContext {
  readonly metrics: Metrics;
}

/** How it goes: health and metrics. */
export const observe = {
  name: 'observe',
  operations: (ctx: ObserveContext): Route[] => [...healthRoutes(ctx), ...metricsRoutes(ctx)],
} satisfies Capability;
