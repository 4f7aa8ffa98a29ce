import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { healthRoutes, type HealthContext } from './health.ts';
import { metricsRoutes, type MetricsContext } from './metrics-routes.ts';
import type { Handlers, TileEvent } from './events.ts';
import type { Instruments } from './instruments.ts';

type ObserveContext = HealthContext & MetricsContext;

/** How it goes: health, metrics, the slowest tiles. */
export const observe = {
  name: 'observe',

  metrics: (_instruments: Instruments, { metrics: { slowest } }: MetricsContext): Handlers<TileEvent> => ({
    'tile.made': (made) => slowest.add(made),
  }),

  operations: (ctx: ObserveContext): Route[] => [...healthRoutes(ctx), ...metricsRoutes(ctx)],
} satisfies Capability;
