import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { CommonHeaders } from '../answers/common-headers.ts';
import type { HttpContext as Context } from '../context.ts';
import { logAnswer, requestIdOf } from '../requests/request-log.ts';
import { cutIfStalled, replyTo, send, type Representation } from '../answers/respond.ts';
import { sightOf } from '../answers/seeing.ts';

export interface SentTile {
  /** `ctx.epoch()`, read before anything else of the request. */
  epoch: number;
  cacheControl: string;
  /** False where the URL carries what is not the tile's, such as an old generation: anybody could invent more. */
  canonical: boolean;
  layers: string;
  z: number;
  /** What `ctx.hot` knows the request as. */
  asked?: string;
}

/** Sends a tile by way of its route, and remembers it for the hot path: what not everybody may see never is. */
export async function sendTile(
  ctx: Context,
  req: Request,
  res: Response,
  tile: Representation,
  { canonical, ...sent }: SentTile,
): Promise<void> {
  await send(req, res, tile, sent.cacheControl);
  const { opened, signed } = sightOf(res);
  if (!canonical || tile.cachedAs === undefined || opened || signed !== undefined) return;
  const { path } = req.route as { path: string };
  ctx.hotTiles.set(req.originalUrl, { ...sent, key: tile.cachedAs, route: path });
}

/**
 * Puts the hot path before an application: a tile whose URL, bytes and encoding are all at hand is
 * answered at once, with the very headers, log line and events of its route; anything else goes on.
 */
export function withHotPath(
  ctx: Context,
  log: Logger,
  common: CommonHeaders,
  app: RequestListener,
): RequestListener {
  return (req, res) => {
    if (!answer(ctx, log, common, req, res)) app(req, res);
  };
}

function answer(
  ctx: Context,
  log: Logger,
  common: CommonHeaders,
  req: IncomingMessage,
  res: ServerResponse,
): boolean {
  const { method, url = '' } = req;
  if (method !== 'GET' && method !== 'HEAD') return false;
  const hot = ctx.hotTiles.get(url);
  if (!hot || hot.epoch !== ctx.epoch() || ctx.startup.state !== 'ready' || ctx.startup.draining)
    return false;
  const tile = ctx.cache.held(hot.key);
  if (!tile) return false;
  const started = performance.now();
  const { status, encoding, headers } = replyTo(req, tile, hot.cacheControl);
  const body = status === 200 ? tile.made(encoding) : undefined;
  if (status === 200 && !body) return false;

  const requestId = requestIdOf(req);
  const all = ['X-Request-Id', requestId, ...common.forOrigin(req.headers.origin), ...headers];
  if (body) {
    all.push('Content-Length', String(body.length));
    cutIfStalled(res, body.length);
  }
  res.writeHead(status, all).end(method === 'HEAD' ? undefined : body);

  const ms = performance.now() - started;
  ctx.cache.countHit();
  if (hot.asked !== undefined) ctx.hot.askedAgain(hot.asked);
  logAnswer(log, { requestId, method, url, status, ms });
  ctx.observe({
    type: 'tile.served',
    layers: hot.layers,
    z: hot.z,
    ms,
    cache: 'hit',
    bytes: tile.body.length,
  });
  ctx.observe({ type: 'request.answered', requestId, route: hot.route, method, status, ms });
  return true;
}
