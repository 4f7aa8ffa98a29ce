import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpContext as Context } from '../context.ts';
import type { Route } from '../routes.ts';
import type { Answerer } from './answerer.ts';

/** The only parameter of a URL that says nothing more than where its tile is. */
const GENERATION = /^g=([\w.-]{1,40})$/;

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
  const generation = query === '' ? undefined : GENERATION.exec(query)?.[1];
  if (query !== '' && generation === undefined) return false;
  const epoch = ctx.epoch();
  const had = answerOf(route, found, generation);
  if (!had) return false;
  const { tile, canonical, ...told } = had;
  const { path } = route;
  answerer.send(req, res, { tile, ...told, route: path, started }, otherwise);
  if (canonical && tile.cachedAs !== undefined) {
    const { cacheControl, layers, z } = told;
    ctx.hotTiles.set(url, { cacheControl, layers, z, epoch, key: tile.cachedAs, route: path });
  }
  return true;
}

function answerOf(route: Route, values: readonly string[], generation: string | undefined) {
  try {
    return route.now?.(values, generation);
  } catch {
    return undefined;
  }
}
