import { flag, integer, settings, type ConfigOf } from '../settings.ts';

export const refreshSettings = settings({
  environment: {
    CHOROGRAPH_SCHEDULE: flag.default(true),
    CHOROGRAPH_REFRESH_TIMEOUT_S: integer(1, 86_400).default(1_800),
    CHOROGRAPH_REFRESH_LEASE_S: integer(1, 3_600).default(30),
    CHOROGRAPH_REFRESH_KEEP_DAYS: integer(1, 3_650).default(90),
    CHOROGRAPH_EVENT_CLIENTS: integer(0, 100_000).default(1_000),
  },
  read: (env) => ({
    refresh: {
      /** Start the refreshes that `maps.yaml` schedules; asked for by hand they run in any case. */
      scheduled: env.CHOROGRAPH_SCHEDULE,
      timeoutMs: env.CHOROGRAPH_REFRESH_TIMEOUT_S * 1000,
      /** How long a run that is not renewed keeps others from refreshing its view. */
      leaseMs: env.CHOROGRAPH_REFRESH_LEASE_S * 1000,
      keepDays: env.CHOROGRAPH_REFRESH_KEEP_DAYS,
    },
    /** Connections to `/events` at a time. */
    eventClients: env.CHOROGRAPH_EVENT_CLIENTS,
  }),
});

export type RefreshConfig = ConfigOf<typeof refreshSettings>;
