import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpContext as Context } from '../context.ts';
import type { Route } from '../routes.ts';
import type { Answerer } from './answerer.ts';

/** How the parameters of a signed URL begin: who signed it has to be looked up. */
const SIGNED = 'sig=';

interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: Route;
  /** What of the URL the route's pattern took, and what its parameters are. */
  readonly found: RegExpExecArray;
  /** Answers it the usual way. */
  readonly otherwise: () => void;
}

/**
 * Whether a tile was had, and is sent, without waiting for anything but its compression: from the cache, or made of what is in memory.
 * Anything else is for the usual way, which also tells what is wrong with a request.
 */
export function answeredNow(
  ctx: Pick<Context, 'epoch' | 'hotTiles'>,
  answerer: Answerer,
  { req, res, route, found, otherwise }: Asked,
): boolean {
  const started = performance.now();
  const { headers, url = '' } = req;
  // Who somebody is has to be looked up.
  if (headers.authorization !== undefined || headers['x-api-key'] !== undefined) return false;
  const query = url.slice(found[0].length);
  if (query.includes(SIGNED)) return false;
  const epoch = ctx.epoch();
  const had = answerOf(route, found, query, req);
  if (!had) return false;
  const { tile, canonical, ...told } = had;
  const { path } = route;
  answerer.send(req, res, { tile, ...told, route: path, started }, otherwise);
  if (canonical && tile.cachedAs !== undefined) {
    const { cacheControl, layers, z, asked } = told;
    const key = tile.cachedAs;
    ctx.hotTiles.set(url, { cacheControl, layers, z, asked, epoch, key, route: path });
  }
  return true;
}

function answerOf(route: Route, found: readonly string[], query: string, req: IncomingMessage) {
  try {
    return route.now?.(found, query, req);
  } catch {
    return undefined;
  }
}
