import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { HttpContext as Context } from '../context.ts';
import type { CommonHeaders } from '../answers/common-headers.ts';
import { beginRequest } from '../requests/request-log.ts';
import { sendFirst } from '../answers/respond.ts';
import { answerRoute, type Route } from '../routes.ts';
import { Answerer } from './answerer.ts';
import { answeredNow } from './now.ts';

/** A route of tiles, and how its plainest URLs are recognized. */
interface Lane {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

const TILE_PATH = '/:z/:x/:y.:format';
/** Of tiles; `.json` is another route. */
const FORMATS = 'mvt|pbf|png|jpe?g|webp';
/** What is longer is refused, which is Express's to do. */
const DIGITS = '\\d{1,9}';
/** Parameters whose value is what stands in the URL: anything encoded is Express's to decode. */
const PLAIN: Readonly<Record<string, string>> = { z: DIGITS, x: DIGITS, y: DIGITS, format: FORMATS };
const PLAIN_NAME = '[\\w.,-]+';

/**
 * Tiles are most of what is asked for, and for one that is made in a fraction of a millisecond Express's
 * way to its route is most of the work. So plain tile URLs go to their route at once: the same headers,
 * parameters, handler and log line. What fails there is handed to the application, which answers errors.
 */
export function withLane(
  ctx: Context,
  log: Logger,
  common: CommonHeaders,
  app: Express,
  routes: readonly Route[],
): RequestListener {
  const answerer = new Answerer(ctx, log, common);
  const lanes = routes.filter(({ path, access }) => path.endsWith(TILE_PATH) && !access).map(laneOf);
  return (req, res) => {
    const { method, url = '' } = req;
    const isOpen = ctx.startup.state === 'ready' && !ctx.startup.draining;
    const isRead = method === 'GET' || method === 'HEAD';
    for (const lane of isOpen && isRead ? lanes : []) {
      const found = lane.pattern.exec(url);
      if (!found) continue;
      const { route } = lane;
      const otherwise = (): void => {
        void drive(ctx, log, common, app, { req, res, lane, values: found.slice(1) });
      };
      if (!route.now || !answeredNow(ctx, answerer, { req, res, route, found, otherwise })) otherwise();
      return;
    }
    app(req, res);
  };
}

/** `/tiles/:layers/:z/:x/:y.:format` as a pattern of whole URLs. */
function laneOf(route: Route): Lane {
  const names: string[] = [];
  const path = route.path.replaceAll('.', '\\.').replaceAll(/:(\w+)/g, (_, name: string) => {
    names.push(name);
    return `(${PLAIN[name] ?? PLAIN_NAME})`;
  });
  return { route, pattern: new RegExp(`^${path}(?:\\?|$)`), names };
}

interface Drive {
  req: IncomingMessage;
  res: ServerResponse;
  lane: Lane;
  values: readonly string[];
}

async function drive(
  ctx: Context,
  log: Logger,
  common: CommonHeaders,
  app: Express,
  { req: bare, res: bareResponse, lane: { route, names }, values }: Drive,
): Promise<void> {
  const [req, res] = dress(app, bare, bareResponse);
  req.params = Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
  req.route = route;
  const requestId = beginRequest(ctx, log, req, res);
  sendFirst(res, ['X-Request-Id', requestId, ...common.forOrigin(req.headers.origin).headers]);
  try {
    await answerRoute(route, req, res);
  } catch (error) {
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendFirst(res, undefined);
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    failures.set(req, error);
    app(req, res);
  }
}

/**
 * What Express makes of a request and its response before anything else: its methods, which they have already where the server is
 * `dressedFor` it, and the URL that was asked.
 */
function dress(app: Express, req: IncomingMessage, res: ServerResponse): [Request, Response] {
  Object.setPrototypeOf(req, app.request as object);
  Object.setPrototypeOf(res, app.response as object);
  const [dressed, response] = [req as Request, res as Response];
  dressed.res = response;
  Object.assign(response, { req: dressed });
  dressed.originalUrl = req.url ?? '';
  return [dressed, response];
}

const failures = new WeakMap<IncomingMessage, unknown>();

/** Passes on what failed before the application was asked. */
export const laneFailure: RequestHandler = (req, _res, next) => next(failures.get(req));
