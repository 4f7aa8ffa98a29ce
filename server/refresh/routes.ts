import type { Request, Response } from 'express';
import { z } from 'zod';
import type { RefreshContext as Context } from './context.ts';
import { AppError } from '../errors.ts';
import { boolean, text, wholeNumber } from '../http/requests/params.ts';
import { json, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import { baseUrl } from '../http/answers/urls.ts';
import type { Sight } from '../sight/sight.ts';
import { refreshableViews, requestRefreshes, runToEnd } from './runs/request.ts';
import { hiddenRelations } from './hidden.ts';
import { getRun, listRuns, noRun, runStatistics, viewAges, type RunRecord } from './runs/record.ts';

const STATUSES = ['queued', 'running', 'succeeded', 'skipped', 'failed', 'abandoned'] as const;
const NEWEST = 'no-store';

const content = { 'application/json': { type: 'object' } };
const id = wholeNumber(1, 999_999_999_999_999).meta({ description: 'Id of a run', example: '42' });
const waitParam = z.object({
  wait: boolean.default(false).meta({
    description: 'Answer when the refresh has ended; one that is running already is followed by another',
    example: 'true',
  }),
});
const REFRESH_RESPONSES = {
  200: { description: 'What was refreshed; with wait=true', content },
  202: { description: 'The runs that were queued; Location tells where to look', content },
};

export function refreshRoutes(ctx: Context): Route[] {
  const access = ctx.keys.require('refresh');
  return [
    route({
      method: 'post',
      path: '/gis/choropleth/refresh',
      tag: 'refreshes',
      summary: 'Refresh every view that maps.yaml names, those that others read first',
      query: waitParam,
      access,
      responses: REFRESH_RESPONSES,
      handle: async ({ query, sight, signal }, res, req) =>
        answer(ctx, req, res, { views: await refreshableViews(ctx), wait: query.wait, sight, signal }),
    }),
    route({
      method: 'post',
      path: '/gis/choropleth/:id/refresh',
      tag: 'refreshes',
      summary: 'Refresh the cube of a choropleth',
      params: z.object({ id: text(64).meta({ description: 'Id of the choropleth', example: 'us-points' }) }),
      query: waitParam,
      access,
      responses: REFRESH_RESPONSES,
      handle: async ({ params, query, sight, signal }, res, req) => {
        const view = cubeOf(ctx, params.id, sight);
        const views = await refreshableViews(ctx, view);
        await answer(ctx, req, res, { views, wait: query.wait, sight, signal });
      },
    }),
    route({
      method: 'get',
      path: '/refreshes',
      tag: 'refreshes',
      summary: 'The record of refreshes, newest first, and how each view fares',
      query: z.object({
        view: text(200).optional().meta({ description: 'schema.name', example: 'public.us_airports_cube' }),
        status: z
          .enum(STATUSES, { error: `one of ${STATUSES.join(', ')}` })
          .optional()
          .meta({ description: 'Only runs that are at this', example: 'failed' }),
        before: id
          .optional()
          .meta({ description: 'Only runs older than this id: `next` of a page', example: '42' }),
        limit: wholeNumber(1, 500).default(50).meta({ description: 'Runs per page', example: '20' }),
      }),
      responses: { 200: { description: 'The runs', content } },
      handle: async ({ query, sight }, res, req) => {
        requireRecord(ctx);
        const hidden = hiddenRelations(ctx, sight);
        const filter = {
          hidden,
          view: query.view,
          status: query.status,
          before: query.before,
          limit: query.limit + 1,
        };
        const found = await listRuns(ctx.db, filter, await mayReadErrors(ctx, req));
        const runs = found.slice(0, query.limit);
        const next = found.length > query.limit ? { next: nextUrl(ctx, req, runs.at(-1)) } : {};
        await send(req, res, json({ views: await viewStates(ctx, sight, hidden), runs, ...next }), NEWEST);
      },
    }),
    route({
      method: 'get',
      path: '/refreshes/:id',
      tag: 'refreshes',
      summary: 'One run; a key shows what PostgreSQL said of a failure',
      params: z.object({ id }),
      responses: { 200: { description: 'The run', content } },
      handle: async ({ params, sight }, res, req) => {
        requireRecord(ctx);
        const run = await getRun(ctx.db, params.id, await mayReadErrors(ctx, req));
        if (hiddenRelations(ctx, sight).includes(run.view)) throw noRun(params.id);
        await send(req, res, json(run), NEWEST);
      },
    }),
    route({
      method: 'get',
      path: '/events',
      tag: 'refreshes',
      summary: 'Server-sent events: what every choropleth and layer is at, now and whenever it changes',
      responses: {
        200: { description: 'Events named generation', content: { 'text/event-stream': { type: 'string' } } },
      },
      handle: async ({ sight }, res, req) => {
        if (req.method === 'HEAD') return void res.type('text/event-stream').end();
        await ctx.events.connect(req, res, sight);
      },
    }),
  ];
}

/**
 * 202 with the queued runs; or, after `wait`, what the system before this one answered: `{refreshed: […]}`. Views of
 * what the key does not see are refreshed with the others, and not named.
 */
async function answer(
  ctx: Context,
  req: Request,
  res: Response,
  {
    views,
    wait,
    sight,
    signal,
  }: { views: readonly string[]; wait: boolean; sight: Sight; signal: AbortSignal },
): Promise<void> {
  const who = await ctx.auditing.who(req);
  const asked = await requestRefreshes(ctx, views, { evenIfRunning: wait, who });
  const hidden = administers(sight) ? [] : hiddenRelations(ctx, sight);
  const isTold = ({ view }: RunRecord): boolean => !hidden.includes(view);
  const queued = asked.filter(isTold);
  const base = baseUrl(ctx.config, req);
  const url = (run: RunRecord): string => `${base}/refreshes/${run.id}`;
  res.setHeader('Cache-Control', 'no-store');
  if (!wait) {
    const [only] = queued;
    res.setHeader('Location', queued.length === 1 && only ? url(only) : `${base}/refreshes`);
    res.status(202).json({ runs: queued.map((run) => ({ ...run, url: url(run) })) });
    return;
  }
  const runs: RunRecord[] = [];
  for (const { id } of asked) runs.push(await runToEnd(ctx, id, signal));
  const good = (run: RunRecord): boolean => run.status === 'succeeded' || run.status === 'skipped';
  const done = runs.filter(good);
  const refreshed = done.filter(isTold).map((run) => run.view);
  // Who waited sees the new data here at once, even if the notification is still on its way.
  await ctx.generations.catchUp(done.map(({ view }) => view));
  const failed = runs.filter((run) => !good(run) && isTold(run));
  if (failed.length > 0) {
    throw new AppError('refresh_failed', {
      detail: failed.map(({ view, error, reason }) => `${view}: ${error?.message ?? reason}`).join('; '),
      refreshed,
      failed: failed.map((run) => ({ view: run.view, run: url(run) })),
    });
  }
  res.json({ refreshed });
}

const administers = ({ viewer }: Sight): boolean => viewer?.scopes.includes('admin') ?? false;

/**
 * Whoever administers refreshes what nobody sees, too.
 * @throws AppError `choropleth_not_found`; a cube that could not be resolved may be just the one to refresh.
 */
function cubeOf(ctx: Context, id: string, sight: Sight): string {
  const config = Object.hasOwn(ctx.maps.choropleths, id) ? ctx.maps.choropleths[id] : undefined;
  const isSeen = administers(sight) || ctx.choropleths.seen(sight).some((entry) => entry.id === id);
  if (config && isSeen) return config.cube.view;
  throw new AppError('choropleth_not_found', { detail: `there is no choropleth ${id}` });
}

async function viewStates(ctx: Context, sight: Sight, hidden: readonly string[]): Promise<object[]> {
  const targets = ctx.refresher.targets.filter(({ view }) => !hidden.includes(view));
  const shown = new Set(ctx.choropleths.seen(sight).map(({ id }) => id));
  const statistics = new Map((await runStatistics(ctx.db)).map((entry) => [entry.view, entry]));
  const ages = await viewAges(
    ctx.db,
    targets.map((target) => target.view),
  );
  return targets.map(({ view, spec, choropleths }, i) => {
    const { runs = 0, successRate = null, p50Ms = null, p95Ms = null } = statistics.get(view) ?? {};
    const { asOf = null, ageSeconds = null, lastError = null } = ages[i] ?? {};
    const schedule = { cron: spec.cron ?? null, nextAt: ctx.schedule.next(view)?.toISOString() ?? null };
    const own = choropleths.filter((id) => shown.has(id));
    return {
      view,
      choropleths: own,
      ...schedule,
      asOf,
      ageSeconds,
      lastError,
      runs,
      successRate,
      p50Ms,
      p95Ms,
    };
  });
}

/** PostgreSQL's own words may quote data, so they are for key holders. */
const isOperating = (scope: string): boolean => scope === 'admin' || scope === 'refresh';

async function mayReadErrors(ctx: Context, req: Request): Promise<boolean> {
  const identity = await ctx.keys.identify(req);
  // Tokens are everybody's who has an account.
  return identity !== undefined && (!identity.isToken || identity.scopes.some(isOperating));
}

function requireRecord({ generations }: Context): void {
  if (generations.tracking) return;
  throw new AppError('refresh_unavailable', {
    detail: 'without schema chorograph no refreshes are recorded',
  });
}

function nextUrl(ctx: Context, req: Request, last: RunRecord | undefined): string {
  const query = new URLSearchParams(req.query as Record<string, string>);
  query.set('before', String(last?.id));
  return `${baseUrl(ctx.config, req)}/refreshes?${query.toString()}`;
}
