import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createApp, publicRoutes } from './app.ts';
import { capabilities, type CapabilityEvent, type Services, type WholeContext } from './capabilities.ts';
import { Catalog } from './catalog/catalog.ts';
import { Choropleths } from './choropleth/definitions.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { DeferredDatabase } from './db/deferred.ts';
import type { OpenDatabase } from './db/open.ts';
import { MemoryLayers } from './engine/memory.ts';
import { Pyramids } from './engine/pyramid/pyramids.ts';
import { AppError } from './errors.ts';
import { ResponseCache } from './http/cache.ts';
import { commonHeaders } from './http/common-headers.ts';
import { HotTiles, withHotPath } from './http/hot-path.ts';
import { withLane } from './http/lane.ts';
import { rawProblem } from './http/problem.ts';
import type { Maps } from './maps.ts';
import { MapsFile } from './maps/file.ts';
import { LiveMaps } from './maps/live.ts';
import { LEVELS, logEvents, type Event, type Level, type Observe } from './observe/events.ts';
import { Metrics } from './observe/metrics.ts';
import { Changes } from './refresh/changes.ts';
import { Generations } from './refresh/generations.ts';
import { HotRequests } from './refresh/hot.ts';
import { Refresher } from './refresh/refresher.ts';
import { Schedule } from './refresh/schedule.ts';
import { EventStream } from './refresh/stream.ts';
import { Releasers } from './releasers.ts';
import { renderingOf } from './rendering.ts';
import { bringUp, rediscover } from './startup.ts';
import { layerVersion } from './tiles/version.ts';

/** How long a connection may stay idle. Longer than common balancers keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 72_000;
/** A client that takes longer than this to send its headers is not sending a request. */
const HEADERS_MS = 20_000;
/** How long idle connections are left open when another process takes over: most ask again before that. */
export const LINGER_MS = 3_000;

export interface RunningServer {
  ctx: WholeContext;
  url: string;
  /** Resolves when the catalogue is loaded; rejects where it never can be. */
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
  maps: Maps | MapsFile;
  log: Logger;
  /** Told each step of the start, for a person who waits. */
  progress?: (step: string) => void;
  /** A database that is open already, and that whoever opened it closes. */
  opened?: OpenDatabase;
}

/** Listens at once; the database is opened behind it. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const db = new DeferredDatabase(config.databaseUrl === undefined ? 'embedded' : 'postgres');
  const ctx = createContext(options, db);
  const releasers = new Releasers();
  const stopping = new AbortController();
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS },
    listener(ctx, log),
  );
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(config.port, config.host, resolve),
  );
  const ready = bringUp({
    ctx,
    db,
    log,
    releasers,
    progress: options.progress ?? (() => {}),
    signal: stopping.signal,
    opened: options.opened,
  });

  let stopped: Promise<void> | undefined;
  const stop = async (lingerMs: number): Promise<void> => {
    if (lingerMs > 0) await linger(server, ctx, lingerMs);
    ctx.startup.state = 'stopping';
    ctx.startup.step = 'stopping';
    stopping.abort();
    ctx.events.close();
    await drain(server, config.shutdownMs);
    await releasers.run((name, error) => log.warn({ err: error, name }, 'could not be closed'));
  };
  return {
    ctx,
    url: urlOf(server, config),
    ready,
    rediscover: () => rediscover(ctx),
    stop: ({ lingerMs = 0 } = {}) => (stopped ??= stop(lingerMs)),
  };
}

/** What a request meets: tiles that are at hand, tiles, everything else. */
export function listener(ctx: WholeContext, log: Logger): RequestListener {
  const common = commonHeaders(ctx.config);
  const app = createApp(ctx, log, common);
  return withHotPath(ctx, log, common, withLane(ctx, log, common, app, publicRoutes(ctx)));
}

export function createContext(options: ServerOptions, db: DeferredDatabase): WholeContext {
  const { config, log } = options;
  const mapsFile = options.maps instanceof MapsFile ? options.maps : undefined;
  const liveMaps = new LiveMaps(options.maps instanceof MapsFile ? options.maps.first : options.maps);
  const { maps } = liveMaps;
  const metrics = new Metrics();
  const levels = Object.assign({}, LEVELS, ...capabilities.map(({ events }) => events));
  const logged = logEvents(log, levels as Record<string, Level>);
  const observe: Observe<Event | CapabilityEvent> = (event) => {
    logged(event);
    metrics.observe(event);
  };
  const generations = new Generations(db, observe);
  const { schemas, defaultSrid, memoryVertices: maxVertices, tile } = config;
  // Half of the connections: requests come meanwhile.
  const parallel = Math.max(1, Math.min(4, Math.floor(config.pool.size / 2)));
  const catalog = new Catalog(db, maps, { schemas, defaultSrid, parallel }, observe);
  const choropleths = new Choropleths(maps, renderingOf(config));
  const pyramids = new Pyramids({ db, maps, generations, observe });
  const memory = new MemoryLayers(db, { maxVertices, buffer: tile.buffer }, observe, generations);
  const changes = new Changes({
    generations,
    catalog,
    choropleths,
    layerVersion: (layer) => layerVersion({ generations, pyramids, memory, config }, layer),
  });
  for (const part of [pyramids, memory]) part.onChange(() => changes.schedule());
  const refresher = new Refresher({ db, maps, config, observe });
  const ctx: Omit<WholeContext, keyof Services> = {
    config,
    maps,
    liveMaps,
    mapsFile,
    db,
    observe,
    metrics,
    catalog,
    generations,
    memory,
    pyramids,
    cache: new ResponseCache(tile.cacheBytes),
    hotTiles: new HotTiles(),
    choropleths,
    refresher,
    schedule: new Schedule(db, refresher, observe),
    changes,
    events: new EventStream(changes, config.eventClients, observe),
    hot: new HotRequests(observe),
    startup: { state: 'starting', step: 'starting' },
  };
  const whole = ctx as WholeContext;
  for (const { services } of capabilities) Object.assign(whole, services?.(whole));
  metrics.watch(whole);
  metrics.watchFreshness(whole);
  for (const { metrics: own } of capabilities) metrics.handle(own?.(metrics.instruments, whole));
  return whole;
}

/** Takes no new connections; on those that are there, every answer asks the client to open another. */
async function linger(server: Server, ctx: Context, ms: number): Promise<void> {
  ctx.startup.draining = true;
  // The HTTP server's own close() would cut idle connections, on which a request may be under way.
  NetServer.prototype.close.call(server);
  await sleep(ms);
}

/** Lets running answers finish; what is not done by the deadline is cut. */
async function drain(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that becomes idle after this moment would otherwise be kept alive for seconds.
  const closingIdle = setInterval(() => server.closeIdleConnections(), 20);
  const deadline = new AbortController();
  await Promise.race([closed, sleep(deadlineMs, undefined, { signal: deadline.signal }).catch(() => {})]);
  deadline.abort();
  clearInterval(closingIdle);
  server.closeAllConnections();
  await closed;
}

/** Requests that never become one: too long, or not HTTP. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  socket.end(rawProblem(new AppError(tooLong ? 'uri_too_long' : 'bad_request')));
}

function urlOf(server: Server, config: Config): string {
  const { port } = server.address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
