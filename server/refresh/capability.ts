import { refreshCommand } from './command.ts';
import type { Capability, Check, Running } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { RefreshContext, RefreshNeeds } from './context.ts';
import type { RefreshEvent, StreamEvent } from './events.ts';
import { refreshCheck, trackingCheck, viewIndexesCheck } from './health.ts';
import { refreshMaps } from './maps.ts';
import { refreshMetrics } from './metrics.ts';
import { Refresher } from './runs/refresher.ts';
import { refreshRoutes } from './routes.ts';
import { Schedule } from './schedule/schedule.ts';
import { refreshSettings } from './settings.ts';
import { EventStream } from './stream.ts';

/** Materialized views, refreshed by schedule or when asked; and who is told of new data. */
export const refresh = {
  name: 'refresh',
  settings: refreshSettings,
  maps: refreshMaps,
  events: tells<RefreshEvent | StreamEvent>({
    'refresh.started': 'info',
    'refresh.finished': 'info',
    'refresh.skipped': 'info',
    'refresh.retried': 'warn',
    'refresh.failed': 'error',
    'refresh.abandoned': 'warn',
    'refresh.stalled': 'warn',
    'sse.connected': 'debug',
    'sse.disconnected': 'debug',
  }),
  migrations: ['0002_refresh_runs', '0003_refreshing'],

  services: ({
    db,
    maps,
    config,
    changes,
    observe,
  }: RefreshNeeds): Pick<RefreshContext, 'refresher' | 'schedule' | 'events' | 'viewIndexes'> => {
    const refresher = new Refresher({ db, maps, config, observe });
    return {
      refresher,
      schedule: new Schedule(db, refresher, observe),
      events: new EventStream(changes, config.eventClients, observe),
      viewIndexes: viewIndexesCheck(db, refresher),
    };
  },

  metrics: (instruments: Instruments, ctx: RefreshContext): Handlers<RefreshEvent> =>
    refreshMetrics(instruments, ctx),

  routes: (ctx: RefreshContext): Route[] => refreshRoutes(ctx),

  checks: {
    refresh: (ctx: RefreshContext): Promise<Check> => refreshCheck(ctx),
    tracking: (ctx: RefreshContext): Check => trackingCheck(ctx),
    indexes: ({ viewIndexes }: RefreshContext): Promise<Check> => viewIndexes(),
  },

  prepare: ({ refresher }: RefreshContext): void => refresher.retarget(), // the demo may have added its own

  start: ({ refresher, liveMaps }: RefreshContext): void => liveMaps.onChange(() => refresher.retarget()),

  /** Only where there is a record and a lease. */
  startWriting: ({ config, refresher, schedule, liveMaps }: RefreshContext, { releasers }: Running): void => {
    releasers.push('refreshes', () => refresher.stop());
    if (config.refresh.scheduled) {
      releasers.push('schedule', () => schedule.stop());
      schedule.start();
      liveMaps.onChange(async () => {
        await schedule.restart();
        refresher.wake();
      });
    }
    refresher.start(() => schedule.tell());
  },

  letGo: ({ events }: RefreshContext): void => events.close(),
  commands: [refreshCommand],
} satisfies Capability;
