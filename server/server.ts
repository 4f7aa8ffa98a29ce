import type { RequestListener, Server } from 'node:http';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { capabilities, createContext, publicRoutes, type Context } from './context.ts';
import { DeferredDatabase } from './db/connections/deferred.ts';
import type { OpenDatabase } from './db/connections/open.ts';
import { commonHeaders } from './http/answers/common-headers.ts';
import { dressedFor, type Dressed } from './http/past-express/dressed.ts';
import { withHotPath } from './http/past-express/hot-path.ts';
import { withLane } from './http/past-express/lane.ts';
import { lookingAgain } from './http/requests/look-again.ts';
import { drain, linger, listen, urlOf } from './http/requests/listen.ts';
import type { Maps } from './maps.ts';
import type { MapsFile } from './maps/file.ts';
import { Releasers } from './tools/releasers.ts';
import { bringUp } from './startup.ts';
import { lookAgain, rediscover } from './watch.ts';

export interface RunningServer {
  ctx: Context;
  /** Where it is reached; empty until it listens. */
  readonly url: string;
  /** Resolves when the catalogue is loaded and requests can come; rejects where that can never be. */
  ready: Promise<void>;
  /** Reads tables, columns and rights anew, and `maps.yaml` where it changed. */
  rediscover(): Promise<void>;
  /**
   * Finishes what is in flight, up to the deadline, and closes everything. Safe to call twice. With
   * `lingerMs`, idle connections may ask once more before that, and are told to go elsewhere.
   */
  stop(options?: { lingerMs?: number }): Promise<void>;
}

export interface ServerOptions {
  config: Config;
  /** What `maps.yaml` says, or the file, which is then read again when it changes. */
  maps: Maps | MapsFile<Maps>;
  log: Logger;
  /** Told each step of the start, for a person who waits. */
  progress?: (step: string) => void;
  /** Whether that person sees them on a terminal: elsewhere no secret is told. True where absent. */
  isTerminal?: boolean;
  /** A database that is open already, and that whoever opened it closes. */
  opened?: OpenDatabase;
  /** Resolves when it may listen, given a promise that resolves when it could serve. At once where absent. */
  whenToListen?: (prepared: Promise<void>) => Promise<void>;
}

/** Listens at once, unless somebody has it wait; the database is opened behind it. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const db = new DeferredDatabase(config.databaseUrl === undefined ? 'embedded' : 'postgres');
  const ctx = createContext(options, db);
  const releasers = new Releasers();
  const stopping = new AbortController();
  const { dressed, listener } = requests(ctx, log);
  let server: Server | undefined;
  const tellFull = (most: number): void =>
    log.warn({ most }, 'clients were turned away: more than there are file descriptors for (ulimit -n)');
  const begin = async (): Promise<void> => {
    if (!stopping.signal.aborted) server = await listen(config, dressed, listener, tellFull);
  };
  if (options.whenToListen === undefined) await begin();
  const prepared = bringUp({
    ctx,
    db,
    log,
    releasers,
    progress: options.progress ?? (() => {}),
    isTerminal: options.isTerminal ?? true,
    signal: stopping.signal,
    opened: options.opened,
  });
  const listening = options.whenToListen?.(prepared).then(begin);
  const ready = Promise.all([prepared, listening]).then(() => {});

  let stopped: Promise<void> | undefined;
  const stop = async (lingerMs: number): Promise<void> => {
    if (lingerMs > 0) {
      ctx.startup.draining = true; // on connections that are there, every answer asks the client to open another
      if (server) await linger(server, lingerMs);
    }
    ctx.startup.state = 'stopping';
    ctx.startup.step = 'stopping';
    stopping.abort();
    for (const { letGo } of capabilities) letGo?.(ctx);
    if (server) await drain(server, config.shutdownMs);
    await releasers.run((name, error) => log.warn({ err: error, name }, 'could not be closed'));
  };
  return {
    ctx,
    get url() {
      return server ? urlOf(server, config.host) : '';
    },
    ready,
    rediscover: () => rediscover(ctx),
    stop: ({ lingerMs = 0 } = {}) => (stopped ??= stop(lingerMs)),
  };
}

/** What requests are, and what one meets: tiles that are at hand, tiles, everything else. */
export function requests(ctx: Context, log: Logger): { dressed: Dressed; listener: RequestListener } {
  const common = commonHeaders(ctx.config);
  const routes = publicRoutes(ctx).map((route) => lookingAgain(route, () => lookAgain(ctx)));
  const app = createApp(ctx, log, common, routes);
  const dressed = dressedFor(app);
  return { dressed, listener: withHotPath(ctx, log, common, withLane(ctx, log, common, app, routes)) };
}
