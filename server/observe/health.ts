import type { Request } from 'express';
import type { Check } from '../capability.ts';
import { explainFailure } from '../db/explain.ts';
import { OWN } from '../db/connections/session.ts';
import type { Database } from '../db/types.ts';
import { AppError } from '../errors.ts';
import { json, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import type { Startup } from '../startup-state.ts';

/** What is asked once the server is ready, by the name that it has in the answer. */
export type Checks = Readonly<Record<string, () => Check | Promise<Check>>>;

export interface HealthContext {
  readonly db: Database;
  readonly startup: Startup;
  readonly catalog: { readonly isRestricted: boolean; all(): readonly { problem?: unknown }[] };
  readonly choropleths: {
    readonly isRestricted: boolean;
    all(): readonly { readonly id: string; readonly problem?: unknown }[];
  };
  /** Whether a request comes from whoever runs this server. */
  readonly isOperator: (req: Request) => Promise<boolean>;
  readonly mapsCheck: { readonly problems: readonly string[]; readonly refused: readonly string[] };
  /** What the capabilities have checked. */
  readonly checks: () => Checks;
}

interface Health {
  status: 'ok' | 'degraded' | 'unavailable';
  uptimeSeconds: number;
  checks: Record<string, Check>;
}

const content = { 'application/json': { type: 'object' } };
const responses = {
  200: { description: 'Ready to serve', content },
  503: { description: 'Not ready; each check says why', content },
};

export function healthRoutes(ctx: HealthContext): Route[] {
  const report = (path: string, summary: string): Route =>
    route({
      method: 'get',
      path,
      tag: 'operations',
      summary,
      responses,
      handle: async (_request, res, req) => {
        const health = await checkHealth(ctx, await ctx.isOperator(req));
        if (health.status === 'unavailable') res.status(503).setHeader('Retry-After', '2');
        if (health.status !== 'unavailable') return send(req, res, json(health), 'no-store');
        res.setHeader('Cache-Control', 'no-store');
        res.json(health);
      },
    });
  return [
    report('/health', 'Overall state and each check'),
    report('/health/ready', 'Whether this instance should get traffic, and why not'),
    route({
      method: 'get',
      path: '/health/live',
      tag: 'operations',
      summary: 'Whether the process runs; it never asks the database',
      responses: { 200: { description: 'The process runs', content } },
      handle: (_request, res) => {
        res.setHeader('Cache-Control', 'no-store');
        res.json({ status: 'ok' });
      },
    }),
  ];
}

/** `isTold`: what the database said is for whoever runs the server, not for strangers. */
async function checkHealth(ctx: HealthContext, isTold: boolean): Promise<Health> {
  const answers: Record<string, Check> = {
    startup: startupCheck(ctx, isTold),
    database: await databaseCheck(ctx, isTold),
    catalog: catalogCheck(ctx, isTold),
    ...(ctx.startup.state === 'ready' ? shown(ctx, await askAll(ctx.checks()), isTold) : {}),
  };
  const statuses = Object.values(answers).map((check) => check.status);
  return {
    status: statuses.includes('failed') ? 'unavailable' : statuses.includes('degraded') ? 'degraded' : 'ok',
    uptimeSeconds: Math.round(process.uptime()),
    checks: answers,
  };
}

/**
 * Checks name layers, views and columns. Where not everybody may know of all of them, strangers are told how each
 * stands and nothing more; `told` is never for them.
 */
function shown(
  { catalog, choropleths }: HealthContext,
  checks: Record<string, Check>,
  isTold: boolean,
): Record<string, Check> {
  const isRestricted = catalog.isRestricted || choropleths.isRestricted;
  const one = ({ told, ...check }: Check): Check => {
    if (isTold) return { ...check, ...told };
    return isRestricted ? { status: check.status } : check;
  };
  return Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, one(check)]));
}

/** One that cannot be told must not take the others with it. */
async function askAll(checks: Checks): Promise<Record<string, Check>> {
  const answers = Object.entries(checks).map(async ([name, check]): Promise<[string, Check]> => {
    try {
      return [name, await check()];
    } catch {
      return [name, { status: 'degraded', detail: 'it cannot be told' }];
    }
  });
  return Object.fromEntries(await Promise.all(answers));
}

function startupCheck({ startup }: HealthContext, isTold: boolean): Check {
  if (startup.state === 'ready') return { status: 'ok' };
  const reason = isTold && startup.reason !== undefined ? { reason: startup.reason } : {};
  return { status: 'failed', detail: startup.step, ...reason };
}

async function databaseCheck(ctx: HealthContext, isTold: boolean): Promise<Check> {
  const started = performance.now();
  const { kind } = ctx.db;
  try {
    await ctx.db.ping();
  } catch (error) {
    // The driver's own words may hold host names and users; for strangers the code says enough.
    const detail = error instanceof AppError ? error.title : 'no answer';
    return { status: 'failed', kind, detail, ...(isTold ? { reason: explainFailure(error) } : {}) };
  }
  const { pooling, readOnly } = ctx.db.surroundings ?? OWN;
  const { unwritable } = ctx.startup;
  return {
    status: 'ok',
    kind,
    ms: Math.round(performance.now() - started),
    ...(pooling === 'none' ? {} : { pooling }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(unwritable === undefined
      ? {}
      : { detail: `${unwritable}: nothing is refreshed, and no key or pyramid is made` }),
    changes: ctx.db.isListening ? 'notified' : 'polled',
  };
}

function catalogCheck({ catalog, choropleths, mapsCheck }: HealthContext, isTold: boolean): Check {
  const layers = catalog.all();
  const broken = choropleths.all().filter((choropleth) => choropleth.problem);
  const { problems, refused } = mapsCheck;
  const details = [
    refused.length > 0 ? 'maps.yaml was changed to what is not valid, and what it said before is used' : [],
    problems.length > 0 ? `entries of maps.yaml that do not fit the database: ${problems.length}` : [],
  ].flat();
  return {
    status: details.length > 0 ? 'degraded' : 'ok',
    ...(details.length > 0 ? { detail: details.join('; ') } : {}),
    // They name tables and columns, those that nobody is to see included.
    ...(isTold && refused.length > 0 ? { refused } : {}),
    ...(isTold && problems.length > 0 ? { problems } : {}),
    layers: layers.length,
    layersWithProblems: layers.filter((layer) => layer.problem).length,
    choropleths: choropleths.all().length,
    choroplethsWithProblems: broken.length,
    ...(broken.length > 0 && (isTold || !choropleths.isRestricted)
      ? { brokenChoropleths: Object.fromEntries(broken.map(({ id, problem }) => [id, problem])) }
      : {}),
  };
}
