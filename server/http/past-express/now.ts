import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpContext as Context } from '../context.ts';
import type { TileNow } from '../answers/tile-now.ts';
import { clientSignal } from '../requests/with-signal.ts';
import type { AskedNow, Route } from '../routes.ts';
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
 * Whether a tile is answered past Express: had without waiting for anything but its compression, from the cache or made of what is in memory; or
 * made in turns of that. Anything else is for the usual way, which also tells what is wrong with a request.
 */
export function answeredNow(
  ctx: Pick<Context, 'epoch' | 'hotTiles'>,
  answerer: Answerer,
  asked: Asked,
): boolean {
  const started = performance.now();
  const { req, res, route, found, otherwise } = asked;
  const { headers, url = '' } = req;
  // Who somebody is has to be looked up.
  if (headers.authorization !== undefined || headers['x-api-key'] !== undefined) return false;
  const query = url.slice(found[0].length);
  if (query.includes(SIGNED)) return false;
  const epoch = ctx.epoch();
  const had = answerOf(route, { found, query, req, signal: () => clientSignal(res) });
  if (!had) return false;
  if (had instanceof Promise) {
    void had.then(send, () => {
      // Nobody waits for it any more.
      if (res.destroyed) answerer.tellGone(req, route.path, started);
      else otherwise();
    });
  } else send(had);
  return true;

  function send({ tile, cache, canonical, cacheControl, layers, z, asked }: TileNow): void {
    const { path } = route;
    answerer.send(req, res, { tile, cache, cacheControl, layers, z, asked, route: path, started }, otherwise);
    if (!canonical || tile.cachedAs === undefined) return;
    const key = tile.cachedAs;
    ctx.hotTiles.set(url, { cacheControl, layers, z, asked, epoch, key, route: path });
  }
}

function answerOf(route: Route, asked: AskedNow): ReturnType<NonNullable<Route['now']>> {
  try {
    return route.now?.(asked);
  } catch {
    return undefined;
  }
}
