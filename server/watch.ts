import { changedPaths } from './maps/changed.ts';
import type { Logger } from 'pino';
import { capabilities, type Context } from './context.ts';
import type { OpenDatabase } from './db/connections/open.ts';
import { prepareOwnTables } from './db/own-tables.ts';
import { CHANNEL } from './generations/generations.ts';
import type { Releasers } from './tools/releasers.ts';

export interface Watched {
  readonly ctx: Context;
  readonly log: Logger;
  readonly releasers: Releasers;
  /** Tells the person at the terminal something once. */
  readonly tell: (text: string) => void;
  readonly opened: OpenDatabase;
}

/** Keeps generations and the catalogue up with the database from now on. */
export function watch(watched: Watched): void {
  const { ctx, log, releasers } = watched;
  const { changePollMs, catalogIntervalMs } = ctx.config;
  const quietly = (what: string, work: () => Promise<unknown>) => () => {
    work().catch((error: unknown) => log.debug({ err: error }, `${what} failed`));
  };
  const poll = quietly('polling generations', () => ctx.generations.poll());
  const reread = quietly('reading the catalogue', () => rediscover(ctx));
  const lookForWrites = quietly('looking whether the database takes writes now', () =>
    becomeWritable(watched),
  );
  ctx.generations.onLayout((moved) => {
    // Asked for anew each time: `maps.yaml` may be another by now.
    const cubes = new Set(Object.values(ctx.maps.choropleths).map(({ cube }) => cube.view));
    if (moved.some(({ relation, isSpatial }) => isSpatial || cubes.has(relation))) reread();
  });
  // What a primary tells, its standby may not have yet: it is asked itself.
  const hear = (payload: string): void =>
    ctx.db.surroundings?.readOnly === 'standby' ? poll() : ctx.generations.notified(payload);
  ctx.catalog.onChange((kind) => {
    if (kind === 'changed') forgetAnswers(ctx);
    resolveAll(ctx).catch((error: unknown) => log.warn({ err: error }, 'maps.yaml could not be resolved'));
  });
  const stopListening = ctx.db.listen(CHANNEL, hear, poll);
  const stopCatalog = ctx.db.listen('chorograph_catalog', reread);
  const look = quietly('looking for news of the catalogue', async () => {
    if (await ctx.catalog.refresh()) await resolveAll(ctx);
  });
  const timers = [
    setInterval(look, changePollMs),
    setInterval(poll, changePollMs),
    setInterval(reread, catalogIntervalMs),
    setInterval(lookForWrites, changePollMs),
  ];
  const stopWatching = ctx.mapsFile?.watch(reread);
  releasers.push('watchers', () => {
    stopWatching?.();
    stopListening();
    stopCatalog();
    timers.forEach(clearInterval);
  });
}

/** For who asks for what is not known: true where something is known now that was not. */
export async function lookAgain(ctx: Context): Promise<boolean> {
  if (!(await ctx.catalog.lookAgain())) return false;
  await Promise.all([ctx.generations.poll(), resolveAll(ctx)]);
  return true;
}

/**
 * Reads `maps.yaml` where it changed, the catalogue, and what one finds in the other. What was made by the
 * maps of before is dropped only when all of that is there.
 */
export async function rediscover(ctx: Context): Promise<void> {
  const maps = await ctx.mapsFile?.read();
  tellRefused(ctx);
  const changed = maps ? changedPaths(ctx.liveMaps.own, maps) : [];
  if (maps) ctx.liveMaps.use(maps);
  await Promise.all([ctx.generations.poll(), ctx.catalog.reload()]);
  await resolveAll(ctx);
  if (!maps) return;
  forgetAnswers(ctx);
  await ctx.liveMaps.tell();
  ctx.observe({ type: 'maps.read', problems: ctx.mapsCheck.problems.length, changed });
}

function forgetAnswers({ cache, hotTiles }: Context): void {
  cache.clear();
  hotTiles.clear();
}

/** Of a file that is refused every error is told once, and what it said before is used. */
function tellRefused({ mapsFile, mapsCheck, observe }: Context): void {
  const problems = mapsFile?.problems ?? [];
  if (mapsCheck.refuse(problems)) observe({ type: 'maps.refused', problems });
}

/** Holds what maps.yaml says against what the catalogue has. */
export async function resolveAll(ctx: Context): Promise<void> {
  for (const { resolve } of capabilities) await resolve?.(ctx);
  ctx.changes.update();
}

/** Our own tables: made, read only, or done without. */
export async function prepareOwn({ ctx, log, tell, opened }: Watched): Promise<void> {
  const around = ctx.db.surroundings ?? (await ctx.db.lookAround());
  const { readable, unwritable } = await prepareOwnTables(opened.connection, around, (migrations) => {
    if (migrations.length > 0) log.info({ migrations }, 'migrated');
  });
  if (readable) ctx.generations.enableTracking();
  if (unwritable !== ctx.startup.unwritable && unwritable !== undefined) {
    const changes = readable ? '' : ', and changes are found by polling';
    tell(`${unwritable}: refreshes, keys and pyramids are left as they are${changes}`);
    log.warn({ reason: unwritable }, 'nothing is written to the database');
  }
  ctx.startup.unwritable = unwritable;
}

/** Puts to work what writes, where that is possible. */
export function startWriting({ ctx, log, releasers }: Watched): void {
  if (ctx.startup.unwritable !== undefined) return;
  for (const { startWriting: start } of capabilities) start?.(ctx, { log, releasers });
}

/** A standby that was promoted takes writes: what was left out at the start is done then. */
async function becomeWritable(watched: Watched): Promise<void> {
  const { ctx } = watched;
  if (ctx.db.surroundings?.readOnly === undefined) return;
  const { readOnly } = await ctx.db.lookAround();
  if (readOnly !== undefined || ctx.startup.state !== 'ready') return;
  await prepareOwn(watched);
  startWriting(watched);
}
