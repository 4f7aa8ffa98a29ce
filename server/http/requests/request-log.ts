import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Observe } from '../../observe/events.ts';
import type { Startup } from '../../startup-state.ts';

/** Ids from outside are taken only where they cannot break a log line or a header. */
const SAFE_ID = /^[\w.:-]{1,100}$/;
/** Probes, scrapes and tiles would drown everything else. */
const FREQUENT = /^\/(health|metrics|assets\/|(tiles|gis\/choropleth\/[^/]+\/tiles)\/.*\/)/;

export interface Answered {
  requestId: string;
  method: string;
  url: string;
  status: number;
  ms: number;
  /** True where that is how it has to be: a server that starts tells everybody to come again. */
  isExpected?: boolean;
}

interface LogContext {
  readonly observe: Observe;
  readonly startup: Pick<Startup, 'state' | 'reason'>;
}

/** Gives every request an id (accepted from and returned in `X-Request-Id`) and tells its outcome with its time. */
export function requestLog(ctx: LogContext, log: Logger): RequestHandler {
  return (req, res, next) => {
    res.setHeader('X-Request-Id', beginRequest(ctx, log, req, res));
    next();
  };
}

const begun = new WeakMap<IncomingMessage, string>();

/** Tells a request's outcome with its time, and gives its id; of one that began before, only that. */
export function beginRequest(ctx: LogContext, log: Logger, req: Request, res: Response): string {
  const known = begun.get(req);
  if (known !== undefined) return known;
  const requestId = requestIdOf(req);
  begun.set(req, requestId);
  const started = performance.now();
  res.once('close', () => {
    const ms = performance.now() - started;
    const { method, originalUrl: url } = req;
    const status = res.writableFinished ? res.statusCode : 499;
    const isExpected = status === 503 && ctx.startup.state === 'starting' && ctx.startup.reason === undefined;
    logAnswer(log, { requestId, method, url, status, ms, isExpected });
    const route = routeOf(req, res);
    const isStream = String(res.getHeader('Content-Type')).startsWith('text/event-stream');
    ctx.observe({ type: 'request.answered', requestId, route, method, status, ms, isStream });
  });
  return requestId;
}

export function requestIdOf(req: Pick<IncomingMessage, 'headers'>): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && SAFE_ID.test(given) ? given : nextId();
}

/** A random UUID whose last part counts on: making a whole one costs more than finding a cached tile does. */
function nextId(): string {
  counter = (counter + 1) % 2 ** 24;
  if (counter === 0) {
    rounds = (rounds + 1) % 2 ** 24;
    prefix = prefixOf(rounds);
  }
  return prefix + HEX[counter >>> 12] + HEX[counter & 0xfff];
}

/** Three digits each: V8 writes other bases than ten by the way that fractions go. */
const HEX = Array.from({ length: 4096 }, (_, i) => i.toString(16).padStart(3, '0'));

const seed = randomUUID();
let counter = parseInt(seed.slice(30), 16);
let rounds = parseInt(seed.slice(24, 30), 16);
const prefixOf = (round: number): string => seed.slice(0, 24) + round.toString(16).padStart(6, '0');
let prefix = prefixOf(rounds);

/** Parameters that hold secrets: nothing of ours takes one in a URL, but people try. */
const SECRET = /([?&;](?:[\w%.-]*(?:key|token|secret|passw(?:or)?d|auth\w*|signature|sig))=)[^&;#]*/gi;
/** Our own keys, wherever they stand. */
const OWN_KEY = /cg_\w{12}_[\w-]+/g;

/** A URL as the log may have it. */
export function redacted(url: string): string {
  return url.includes('?') || url.includes('cg_')
    ? url.replace(SECRET, '$1(hidden)').replace(OWN_KEY, '(hidden)')
    : url;
}

/** The access log's line. */
export function logAnswer(log: Logger, answered: Answered): void {
  const { requestId, method, url, status, ms } = answered;
  const level = levelOf(answered);
  if (!log.isLevelEnabled(level)) return;
  log[level](
    {
      req: { id: requestId, method, url: redacted(url.slice(0, 500)) },
      res: { statusCode: status },
      responseTime: Math.round(ms),
    },
    status === 499 ? 'request aborted' : 'request completed',
  );
}

function levelOf({ url, status, isExpected = false }: Answered): 'error' | 'warn' | 'info' | 'debug' {
  if (status >= 500 && !isExpected) return 'error';
  if (status >= 400 && status < 499) return 'warn';
  return FREQUENT.test(url) ? 'debug' : 'info';
}

/** The pattern that matched: metrics by URL would have no end. */
function routeOf(req: Request, res: Response): string {
  const { path } = (req.route ?? {}) as { path?: unknown };
  if (typeof path === 'string') return path;
  if (req.method === 'OPTIONS') return 'preflight';
  return res.statusCode < 400 ? 'static' : 'none';
}
