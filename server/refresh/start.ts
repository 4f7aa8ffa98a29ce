import { relationName } from '../catalog/types.ts';
import { startFolding } from './delta/loop.ts';
import type { Context } from '../context.ts';
import type { Releasers } from '../releasers.ts';

/** Puts refreshes, their schedule and what follows from new data to work, when the catalogue is there. */
export function startRefreshing(ctx: Context, releasers: Releasers): void {
  const { changes, choropleths, hot, refresher, schedule, generations, config, liveMaps } = ctx;
  changes.onChange((all) => {
    for (const { kind, id } of all) if (kind === 'choropleth') void hot.warm(`choropleth/${id}`);
  });
  generations.beforeChange((news) => {
    const made = choropleths
      .all()
      .filter(({ choropleth }) => choropleth && relationName(choropleth.cube) === news.relation);
    return hot.prepare(
      made.map(({ id }) => `choropleth/${id}`),
      news,
    );
  });
  releasers.push('warming', () => hot.stop());
  if (!generations.tracking) return; // without our own tables there is no record and no lease
  releasers.push('refreshes', () => refresher.stop());
  if (config.refresh.scheduled) {
    releasers.push('schedule', () => schedule.stop());
    schedule.start();
    let stopFolding = startFolding(ctx);
    releasers.push('folding', () => stopFolding());
    liveMaps.onChange(async () => {
      await schedule.restart();
      await stopFolding();
      stopFolding = startFolding(ctx);
      refresher.wake();
    });
  }
  refresher.start(() => schedule.tell());
}
