import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { operations, type Context } from './context.ts';
import { AppError } from './errors.ts';
import type { CommonHeaders } from './http/answers/common-headers.ts';
import { laneFailure } from './http/past-express/lane.ts';
import { errorHandler } from './http/answers/problem.ts';
import { requestLog } from './http/requests/request-log.ts';
import { mountRoutes, type Route } from './http/routes.ts';
import { staticFiles } from './http/static.ts';
import { projectPath } from './tools/paths.ts';

/** The HTTP application, in the order in which a request meets its parts. */
export function createApp(
  ctx: Context,
  log: Logger,
  common: CommonHeaders,
  routes: readonly Route[],
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // ours come from generations
  app.set('trust proxy', ctx.config.trustProxy);
  app.set('query parser', 'simple');

  app.use(requestLog(ctx, log)); // an id for every request, a line for every answer
  for (const { path } of routes.filter(({ fromOtherOrigins }) => fromOtherOrigins))
    app.options(path, ...common.preflight); // the few that other origins may send to
  const ready = whenReady(ctx, routes);
  for (const { path } of routes.filter(({ method }) => method === 'options'))
    app.options(path, unlessPreflight(common.middleware[0]!, ready)); // what a resource takes
  for (const handler of common.middleware) app.use(handler); // safety headers, reads from other origins
  app.use(closeWhenStopping(ctx)); // keep-alive ends when the server does
  app.use(laneFailure); // tiles that went past all this, and failed
  app.use(mountRoutes(operations(ctx))); // health, metrics, OpenAPI, docs: answered in every state
  app.use(ready); // layers, features, choropleths
  app.use('/assets', staticFiles(projectPath('dist', 'web', 'assets'), { hashed: true })); // the explorer's parts
  app.use(
    staticFiles(projectPath('dist', 'web'), {
      index: 'index.html',
      pages: ['/admin', '/api', '/compare', '/layers', '/studio'],
    }),
  ); // the explorer, the pages beside it
  app.use(() => {
    throw new AppError('route_not_found');
  });
  app.use(errorHandler(ctx.observe)); // everything thrown becomes problem+json
  return app;
}

/** Answers 503 until the catalogue is there; what is not one of these routes goes on. */
function whenReady(ctx: Context, routes: readonly Route[]): RequestHandler {
  const router = mountRoutes(routes);
  const roots = new Set(routes.map(({ path }) => rootOf(path)));
  return (req, res, next) => {
    if (ctx.startup.state !== 'starting') return void router(req, res, next);
    if (!roots.has(rootOf(req.path))) return void next();
    ctx.startup.onTurnedAway?.();
    next(new AppError('starting', { detail: ctx.startup.step }));
  };
}

/** Browsers that ask whether a page of another origin may do something are answered as everywhere else. */
function unlessPreflight(...handlers: readonly RequestHandler[]): RequestHandler[] {
  return handlers.map((handler) => (req, res, next) => {
    if (req.headers['access-control-request-method'] === undefined) handler(req, res, next);
    else next();
  });
}

/** `/tiles/…` → `tiles` */
function rootOf(path: string): string | undefined {
  return path.split('/', 2)[1];
}

function closeWhenStopping(ctx: Context): RequestHandler {
  return (_req, res, next) => {
    if (ctx.startup.state === 'stopping' || ctx.startup.draining) res.setHeader('Connection', 'close');
    next();
  };
}
