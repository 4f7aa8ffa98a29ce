import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { capabilities, type Context } from './context.ts';
import type { Starting } from './capability.ts';
import type { DeferredDatabase } from './db/connections/deferred.ts';
import { explainFailure } from './db/explain.ts';
import { openDatabase, type OpenDatabase } from './db/connections/open.ts';
import { checkPostgis, NotUsable } from './db/connections/usable.ts';
import { AppError } from './errors.ts';
import type { Releasers } from './tools/releasers.ts';
import { prepareOwn, resolveAll, startWriting, watch, type Watched } from './watch.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

export interface Bringup {
  ctx: Context;
  db: DeferredDatabase;
  log: Logger;
  releasers: Releasers;
  /** Steps for a person who waits. */
  progress: (step: string) => void;
  /** Whether these are seen on a terminal, and kept nowhere. */
  isTerminal: boolean;
  signal: AbortSignal;
  /** Where it is open already; else the one that the configuration names is opened, and closed at the end. */
  opened?: OpenDatabase | undefined;
}

/**
 * Brings a listening server to `ready`: opens the database, migrates, has every capability prepare itself.
 * Whatever fails is tried again with back-off, and `/health/ready` says what it is.
 */
export async function bringUp(bringup: Bringup): Promise<void> {
  const { ctx, db, log, releasers, progress, isTerminal, signal } = bringup;
  let { opened } = bringup;
  const step = (text: string): void => {
    if (ctx.startup.step !== text) progress(text);
    ctx.startup.step = text;
  };
  for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      if (!opened) {
        opened = await openDatabase(ctx.config, log, releasers, (text, ms) =>
          step(`${text} (${(ms / 1000).toFixed(1)} s)`),
        );
        opened.onRestart?.(() => ctx.observe({ type: 'database.restarted' }));
      }
      db.become(opened.database);
      const watched = { ctx, log, releasers, tell: progress, opened };
      await prepare(watched, { log, releasers, step, tell: progress, isTerminal });
      ctx.startup.state = 'ready';
      ctx.startup.step = 'ready';
      ctx.startup.reason = undefined;
      watch(watched);
      for (const { start } of capabilities) start?.(ctx, watched);
      startWriting(watched);
      return;
    } catch (error) {
      if (signal.aborted) return;
      ctx.startup.step = describe(error);
      const reason = error instanceof NotUsable ? error.message : explainFailure(error);
      if (ctx.startup.reason !== reason) progress(`not ready yet: ${reason}`);
      ctx.startup.reason = reason;
      const err: unknown = error instanceof AppError ? (error.cause ?? error) : error;
      log.warn({ err, retryMs: delayMs }, 'not ready yet');
      // What can never succeed must not look like a server that is about to.
      if (opened === undefined) throw error;
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
  }
}

async function prepare(watched: Watched, starting: Starting): Promise<void> {
  const { ctx } = watched;
  const { step } = starting;
  const started = performance.now();
  if (ctx.db.kind === 'postgres') step('waiting for PostgreSQL');
  const version = await checkPostgis(ctx.db, await ctx.db.lookAround());
  await prepareOwn(watched);
  for (const { prepare } of capabilities) await prepare?.(ctx, starting);
  await resolveAll(ctx);
  for (const { settle } of capabilities) await settle?.(ctx, starting);
  const ms = Math.round(performance.now() - started);
  ctx.observe({ type: 'database.ready', kind: ctx.db.kind, version, ms });
}

/** For everybody: what exactly it is, is for operators. */
function describe(error: unknown): string {
  return error instanceof AppError ? error.title : 'the database cannot be used yet';
}
