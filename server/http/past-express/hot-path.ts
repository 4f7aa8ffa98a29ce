import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { CommonHeaders } from '../answers/common-headers.ts';
import type { HttpContext as Context } from '../context.ts';
import { send, type Representation } from '../answers/respond.ts';
import { sightOf } from '../answers/seeing.ts';
import type { TileNow } from '../answers/tile-now.ts';
import { Answerer } from './answerer.ts';

export interface SentTile extends Omit<TileNow, 'tile' | 'cache'> {
  /** `ctx.epoch()`, read before anything else of the request. */
  readonly epoch: number;
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
  ctx.hotTiles.set(req.originalUrl, { key: tile.cachedAs, route: path, ...sent });
}

/**
 * Puts the hot path before an application: a tile whose URL, bytes and encoding are all at hand is
 * answered at once; anything else goes on.
 */
export function withHotPath(
  ctx: Context,
  log: Logger,
  common: CommonHeaders,
  app: RequestListener,
): RequestListener {
  const answerer = new Answerer(ctx, log, common);
  return (req, res) => {
    if (!answer(ctx, answerer, req, res, app)) app(req, res);
  };
}

function answer(
  ctx: Context,
  answerer: Answerer,
  req: IncomingMessage,
  res: ServerResponse,
  app: RequestListener,
): boolean {
  const { method, url = '' } = req;
  if (method !== 'GET' && method !== 'HEAD') return false;
  const hot = ctx.hotTiles.get(url);
  if (!hot || hot.epoch !== ctx.epoch() || ctx.startup.state !== 'ready' || ctx.startup.draining)
    return false;
  const tile = ctx.cache.held(hot.key);
  if (!tile) return false;
  const { cacheControl, layers, z, route, asked } = hot;
  const started = performance.now();
  ctx.cache.countHit();
  if (asked !== undefined) ctx.hot.askedAgain(asked);
  answerer.send(req, res, { tile, cache: 'hit', cacheControl, layers, z, route, started }, () =>
    app(req, res),
  );
  return true;
}
