import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { json, send } from '../http/respond.ts';
import { route, type Route } from '../http/routes.ts';
import { refreshCheck } from '../refresh/health.ts';

interface Check {
  status: 'ok' | 'degraded' | 'failed';
  detail?: string;
  [member: string]: unknown;
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

export function healthRoutes(ctx: Context): Route[] {
  const report = (path: string, summary: string): Route =>
    route({
      method: 'get',
      path,
      tag: 'operations',
      summary,
      responses,
      handle: async (_request, res, req) => {
        const health = await checkHealth(ctx);
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

async function checkHealth(ctx: Context): Promise<Health> {
  const checks: Record<string, Check> = {
    startup: startupCheck(ctx),
    database: await databaseCheck(ctx),
    catalog: catalogCheck(ctx),
    ...(ctx.startup.state === 'ready' ? { refresh: await refreshCheck(ctx) } : {}),
  };
  const statuses = Object.values(checks).map((check) => check.status);
  return {
    status: statuses.includes('failed') ? 'unavailable' : statuses.includes('degraded') ? 'degraded' : 'ok',
    uptimeSeconds: Math.round(process.uptime()),
    checks,
  };
}

function startupCheck({ startup }: Context): Check {
  if (startup.state === 'ready') return { status: 'ok' };
  return { status: 'failed', detail: startup.step };
}

async function databaseCheck(ctx: Context): Promise<Check> {
  const started = performance.now();
  try {
    await ctx.db.ping();
    return { status: 'ok', kind: ctx.db.kind, ms: Math.round(performance.now() - started) };
  } catch (error) {
    // The driver's own words may hold host names and users; the code says enough.
    return {
      status: 'failed',
      kind: ctx.db.kind,
      detail: error instanceof AppError ? error.title : 'no answer',
    };
  }
}

function catalogCheck({ catalog, choropleths, faults }: Context): Check {
  const layers = catalog.all();
  const leftOut = layers.flatMap((layer) => {
    const found = layer.type === 'table' ? faults.of(layer) : undefined;
    return found && found.count > 0 ? [[layer.id, found] as const] : [];
  });
  const broken = choropleths.all().filter((choropleth) => choropleth.problem);
  return {
    status: 'ok',
    layers: layers.length,
    layersWithProblems: layers.filter((layer) => layer.problem).length,
    ...(leftOut.length > 0 ? { rowsLeftOut: Object.fromEntries(leftOut) } : {}),
    choropleths: choropleths.all().length,
    choroplethsWithProblems: broken.length,
  };
}
