import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { capabilities, type WholeContext } from './capabilities.ts';
import type { DeferredDatabase } from './db/deferred.ts';
import { explainFailure } from './db/explain.ts';
import { openDatabase, type OpenDatabase } from './db/open.ts';
import { prepareOwnTables } from './db/own-tables.ts';
import type { Surroundings } from './db/session.ts';
import { sql } from './db/sql.ts';
import { AppError } from './errors.ts';
import { cacheNamespace } from './http/redis-namespace.ts';
import { CHANNEL } from './refresh/generations.ts';
import { startRefreshing } from './refresh/start.ts';
import type { Releasers } from './releasers.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** A first pyramid that takes longer goes on being built behind a server that is ready. */
const PYRAMID_PATIENCE_MS = 5_000;
const OLDEST_POSTGIS = [3, 1] as const;

export interface Bringup {
  ctx: WholeContext;
  db: DeferredDatabase;
  log: Logger;
  releasers: Releasers;
  /** Steps for a person who waits. */
  progress: (step: string) => void;
  signal: AbortSignal;
  /** Where it is open already; else the one that the configuration names is opened, and closed at the end. */
  opened?: OpenDatabase | undefined;
}

/**
 * Brings a listening server to `ready`: opens the database, migrates, seeds a new embedded one, loads
 * the catalogue. Whatever fails is tried again with back-off, and `/health/ready` says what it is.
 */
export async function bringUp(bringup: Bringup): Promise<void> {
  const { ctx, db, log, releasers, signal } = bringup;
  const step = (text: string): void => {
    if (ctx.startup.step !== text) bringup.progress(text);
    ctx.startup.step = text;
  };
  let { opened } = bringup;
  for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      if (!opened) {
        opened = await openDatabase(ctx.config, log, releasers, (text, ms) =>
          step(`${text} (${(ms / 1000).toFixed(1)} s)`),
        );
        opened.onRestart?.(() => ctx.observe({ type: 'database.restarted' }));
      }
      db.become(opened.database);
      await prepare(bringup, opened, step);
      await shareCache(bringup);
      ctx.startup.state = 'ready';
      ctx.startup.step = 'ready';
      ctx.startup.reason = undefined;
      watch(bringup, opened);
      if (ctx.startup.unwritable === undefined) startRefreshing(ctx, releasers);
      for (const { start } of capabilities) start?.(ctx, { log, releasers });
      return;
    } catch (error) {
      if (signal.aborted) return;
      ctx.startup.step = describe(error);
      const reason = error instanceof NotUsable ? error.message : explainFailure(error);
      if (ctx.startup.reason !== reason) bringup.progress(`not ready yet: ${reason}`);
      ctx.startup.reason = reason;
      log.warn(
        { err: error instanceof AppError ? (error.cause ?? error) : error, retryMs: delayMs },
        'not ready yet',
      );
      // What can never succeed must not look like a server that is about to.
      if (opened === undefined) throw error;
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
  }
}

async function prepare(bringup: Bringup, opened: OpenDatabase, step: (text: string) => void): Promise<void> {
  const { ctx, log, progress, releasers } = bringup;
  const started = performance.now();
  if (ctx.db.kind === 'postgres') step('waiting for PostgreSQL');
  const version = await checkPostgis(ctx, await ctx.db.lookAround());
  await prepareOwn(bringup, opened);
  for (const { prepare } of capabilities) await prepare?.(ctx, { log, releasers, step, tell: progress });
  ctx.refresher.retarget();
  await resolveAll(ctx);
  for (const problem of ctx.mapsCheck.problems) progress(problem);
  if (ctx.pyramids.size > 0) step('building pyramids');
  releasers.push('pyramids', () => ctx.pyramids.stop());
  await ctx.pyramids.start(PYRAMID_PATIENCE_MS);
  ctx.observe({
    type: 'database.ready',
    kind: ctx.db.kind,
    version,
    ms: Math.round(performance.now() - started),
  });
}

/** Holds what maps.yaml says against what the catalogue has. */
async function resolveAll(ctx: WholeContext): Promise<void> {
  await ctx.choropleths.resolve(ctx.db, ctx.catalog);
  await ctx.pyramids.resolve(ctx.catalog);
  ctx.changes.update();
  for (const { resolve } of capabilities) await resolve?.(ctx);
}

/** Joins the instances that answer the same from the same database. */
async function shareCache({ ctx, releasers }: Bringup): Promise<void> {
  const { redisUrl } = ctx.config;
  if (redisUrl === undefined) return;
  // Most servers have no Redis, and its client takes 20 MB and a sixth of a second to load.
  const { RedisTier } = await import('./http/redis.ts');
  const namespace = await cacheNamespace(ctx);
  const tier = new RedisTier({ url: redisUrl, namespace, observe: ctx.observe });
  ctx.cache.share(tier);
  ctx.metrics.watchShared(tier);
  releasers.push('shared cache', () => tier.close());
  ctx.liveMaps.onChange(async () => tier.rename(await cacheNamespace(ctx)));
  await tier.connected;
}

/** Keeps generations and the catalogue up with the database from now on. */
function watch(bringup: Bringup, opened: OpenDatabase): void {
  const { ctx, log, releasers } = bringup;
  ctx.catalog.onChange((kind) => {
    if (kind === 'changed') forgetAnswers(ctx);
    resolveAll(ctx)
      .then(() => ctx.pyramids.check())
      .catch((error: unknown) => log.warn({ err: error }, 'choropleths and pyramids not resolved'));
  });
  const quietly = (what: string, work: () => Promise<unknown>) => () => {
    work().catch((error: unknown) => log.debug({ err: error }, `${what} failed`));
  };
  const poll = quietly('polling generations', () => ctx.generations.poll());
  const reread = quietly('reading the catalogue', () => rediscover(ctx));
  ctx.generations.onLayout((moved) => {
    // Asked for anew each time: `maps.yaml` may be another by now.
    const cubes = new Set(Object.values(ctx.maps.choropleths).map(({ cube }) => cube.view));
    if (moved.some(({ relation, isSpatial }) => isSpatial || cubes.has(relation))) reread();
  });
  // What a primary tells, its standby may not have yet: it is asked itself.
  const hear = (payload: string): void =>
    ctx.db.surroundings?.readOnly === 'standby' ? poll() : ctx.generations.notified(payload);
  const stopListening = ctx.db.listen(CHANNEL, hear, poll);
  const stopCatalog = ctx.db.listen('chorograph_catalog', reread);
  const look = quietly('looking for news of the catalogue', async () => {
    if (await ctx.catalog.refresh()) await resolveAll(ctx);
  });
  const timers = [
    setInterval(look, ctx.config.changePollMs),
    setInterval(poll, ctx.config.changePollMs),
    setInterval(reread, ctx.config.catalogIntervalMs),
    setInterval(
      quietly('looking whether the database takes writes now', () => becomeWritable(bringup, opened)),
      ctx.config.changePollMs,
    ),
  ];
  const stopWatching = ctx.mapsFile?.watch(reread);
  releasers.push('watchers', () => {
    stopWatching?.();
    stopListening();
    stopCatalog();
    timers.forEach(clearInterval);
  });
}

/** A standby that was promoted takes writes: what was left out at the start is done then. */
async function becomeWritable(bringup: Bringup, opened: OpenDatabase): Promise<void> {
  const { ctx, releasers } = bringup;
  if (ctx.db.surroundings?.readOnly === undefined) return;
  const { readOnly } = await ctx.db.lookAround();
  if (readOnly !== undefined || ctx.startup.state !== 'ready') return;
  await prepareOwn(bringup, opened);
  if (ctx.startup.unwritable === undefined) startRefreshing(ctx, releasers);
  ctx.pyramids.check();
}

/** For who asks for what is not known: true where something is known now that was not. */
export async function lookAgain(ctx: WholeContext): Promise<boolean> {
  if (!(await ctx.catalog.lookAgain())) return false;
  await Promise.all([ctx.generations.poll(), resolveAll(ctx)]);
  return true;
}

/**
 * Reads `maps.yaml` where it changed, the catalogue, and what one finds in the other. What was made by the
 * maps of before is dropped only when all of that is there.
 */
export async function rediscover(ctx: WholeContext): Promise<void> {
  const maps = await ctx.mapsFile?.read();
  tellRefused(ctx);
  if (maps) {
    ctx.liveMaps.use(maps);
    ctx.refresher.retarget();
  }
  await Promise.all([ctx.generations.poll(), ctx.catalog.reload()]);
  await resolveAll(ctx);
  if (!maps) return;
  forgetAnswers(ctx);
  await ctx.liveMaps.tell();
  ctx.pyramids.check();
  ctx.observe({ type: 'maps.read', problems: ctx.mapsCheck.problems.length });
}

function forgetAnswers({ memory, cache, hotTiles }: WholeContext): void {
  memory.clear();
  cache.clear();
  hotTiles.clear();
}

/** Of a file that is refused every error is told once, and what it said before is used. */
function tellRefused({ mapsFile, mapsCheck, observe }: WholeContext): void {
  const problems = mapsFile?.problems ?? [];
  if (mapsCheck.refuse(problems)) observe({ type: 'maps.refused', problems });
}

async function checkPostgis(ctx: WholeContext, { postgis }: Surroundings): Promise<string> {
  if (postgis === undefined) {
    throw new NotUsable('PostGIS is not installed in this database: create extension postgis');
  }
  if (!postgis.usable) {
    throw new NotUsable(
      `PostGIS is in schema ${postgis.schema}, which the role may not use: grant usage on schema ${postgis.schema}`,
    );
  }
  const [row] = await ctx.db.run<{ version: string }>(sql`select postgis_lib_version() as version`);
  const version = row?.version ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST_POSTGIS[0] || (major === OLDEST_POSTGIS[0] && minor < OLDEST_POSTGIS[1])) {
    throw new NotUsable(`PostGIS ${version} is too old; 3.1 or newer is needed`);
  }
  return version;
}

/** Says in a sentence for the operator what is missing. */
class NotUsable extends Error {}

/** Our own tables: made, read only, or done without. */
async function prepareOwn({ ctx, log, progress }: Bringup, { connection }: OpenDatabase): Promise<void> {
  const around = ctx.db.surroundings ?? (await ctx.db.lookAround());
  const { readable, unwritable } = await prepareOwnTables(connection, around, (migrations) => {
    if (migrations.length > 0) log.info({ migrations }, 'migrated');
  });
  if (readable) ctx.generations.enableTracking();
  if (unwritable !== ctx.startup.unwritable && unwritable !== undefined) {
    const changes = readable ? '' : ', and changes are found by polling';
    progress(`${unwritable}: refreshes, keys and pyramids are left as they are${changes}`);
    log.warn({ reason: unwritable }, 'nothing is written to the database');
  }
  ctx.startup.unwritable = unwritable;
}

function describe(error: unknown): string {
  if (error instanceof NotUsable) return error.message;
  if (error instanceof AppError) return error.title;
  return 'the database cannot be used yet; the log says why';
}
