import { readFileSync } from 'node:fs';
import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { capabilities, type WholeContext } from './capabilities.ts';
import { choroplethRoutes } from './choropleth/routes.ts';
import { AppError } from './errors.ts';
import { featureRoutes } from './features/routes.ts';
import type { CommonHeaders } from './http/common-headers.ts';
import { docsRoutes } from './http/docs.ts';
import { laneFailure } from './http/lane.ts';
import { openApiDocument } from './http/openapi.ts';
import { errorHandler } from './http/problem.ts';
import { requestLog } from './http/request-log.ts';
import { json, send } from './http/respond.ts';
import { mountRoutes, route, type Route } from './http/routes.ts';
import { healthRoutes } from './observe/health.ts';
import { metricsRoutes } from './observe/metrics-routes.ts';
import { projectPath } from './paths.ts';
import { refreshRoutes } from './refresh/routes.ts';
import { lookAgain } from './startup.ts';
import { tileRoutes } from './tiles/routes.ts';

/** Names of these files change with their contents. */
const HASHED = { index: false, redirect: false, immutable: true, maxAge: '1y' };

/** The HTTP application, in the order in which a request meets its parts. */
export function createApp(ctx: WholeContext, log: Logger, common: CommonHeaders): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // ours come from generations
  app.set('trust proxy', ctx.config.trustProxy);
  app.set('query parser', 'simple');

  app.use(requestLog(log, ctx.observe)); // an id for every request, a line for every answer
  for (const handler of common.middleware) app.use(handler); // safety headers, reads from other origins
  app.use(closeWhenStopping(ctx)); // keep-alive ends when the server does
  app.use(laneFailure); // tiles that went past all this, and failed
  app.use(mountRoutes(operations(ctx))); // health, metrics, OpenAPI, docs: answered in every state
  app.use(whenReady(ctx, publicRoutes(ctx))); // layers, features, choropleths
  app.use('/assets', express.static(projectPath('dist', 'web', 'assets'), HASHED)); // the explorer's parts
  app.use(express.static(projectPath('dist', 'web'), { index: 'index.html', redirect: false })); // the explorer
  app.use(() => {
    throw new AppError('route_not_found');
  });
  app.use(errorHandler(ctx.observe)); // everything thrown becomes problem+json
  return app;
}

/** Routes that need the catalogue. */
export function publicRoutes(ctx: WholeContext): Route[] {
  const routes = [
    ...[...tileRoutes(ctx), ...featureRoutes(ctx), ...refreshRoutes(ctx), ...choroplethRoutes(ctx)],
    ...capabilities.flatMap(({ routes }) => routes?.(ctx) ?? []),
  ];
  return routes.map((entry) => lookingAgain(ctx, entry));
}

/** What nobody knows may have come to be a moment ago: then it is answered as if it had been known. */
function lookingAgain(ctx: WholeContext, entry: Route): Route {
  return {
    ...entry,
    handle: async (request, res, req) => {
      try {
        return await entry.handle(request, res, req);
      } catch (error) {
        if (!isMissing(error) || res.headersSent || !(await lookAgain(ctx))) throw error;
        return entry.handle(request, res, req);
      }
    },
  };
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { code, members } = error;
  return (
    code === 'layer_not_found' || code === 'choropleth_unavailable' || members.reason === 'not_in_database'
  );
}

function operations(ctx: WholeContext): Route[] {
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string };
  const openapi = route({
    method: 'get',
    path: '/openapi.json',
    tag: 'operations',
    summary: 'This API as an OpenAPI 3.1 document',
    responses: { 200: { description: 'OpenAPI', content: { 'application/json': { type: 'object' } } } },
    handle: async (_request, res, req) => {
      const routes = [...own, ...publicRoutes(ctx)];
      await send(req, res, json(openApiDocument(routes, version)), 'public, max-age=60');
    },
  });
  const checks = Object.fromEntries(
    capabilities
      .flatMap(({ checks }) => Object.entries(checks ?? {}))
      .map(([name, check]) => [name, () => check(ctx)]),
  );
  const own = [
    ...[...healthRoutes(ctx, checks), ...metricsRoutes(ctx), openapi, ...docsRoutes()],
    ...capabilities.flatMap(({ operations: routes }) => routes?.(ctx) ?? []),
  ];
  return own;
}

/** Answers 503 until the catalogue is there; what is not one of these routes goes on. */
function whenReady(ctx: WholeContext, routes: readonly Route[]): RequestHandler {
  const router = mountRoutes(routes);
  const roots = new Set(routes.map(({ path }) => rootOf(path)));
  return (req, res, next) => {
    if (ctx.startup.state !== 'starting') return void router(req, res, next);
    next(roots.has(rootOf(req.path)) ? new AppError('starting', { detail: ctx.startup.step }) : undefined);
  };
}

/** `/tiles/…` → `tiles` */
function rootOf(path: string): string | undefined {
  return path.split('/', 2)[1];
}

function closeWhenStopping(ctx: WholeContext): RequestHandler {
  return (_req, res, next) => {
    if (ctx.startup.state === 'stopping' || ctx.startup.draining) res.setHeader('Connection', 'close');
    next();
  };
}
