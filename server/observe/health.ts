import type { Request } from 'express';
import type { Check } from '../capability.ts';
import { json, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import type { Startup } from '../startup-state.ts';

/** What is asked, by the name that it has in the answer. */
export type Checks = Readonly<Record<string, () => Check | Promise<Check>>>;

export interface HealthContext {
  readonly startup: Startup;
  readonly catalog: { readonly isRestricted: boolean };
  readonly choropleths: { readonly isRestricted: boolean };
  /** Whether a request comes from whoever runs this server. */
  readonly isOperator: (req: Request) => Promise<boolean>;
  /** What the capabilities have checked: in every state, and once the server is ready. */
  readonly vitals: () => Checks;
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
  const { catalog, choropleths, startup } = ctx;
  // They name layers, views and columns: where not everybody may know of all of them, strangers are told how each stands.
  const isBare = !isTold && (catalog.isRestricted || choropleths.isRestricted);
  const answers: Record<string, Check> = {
    startup: told(startupCheck(ctx), isTold),
    ...(await askAll(ctx.vitals(), (check) => told(check, isTold))),
    ...(startup.state === 'ready'
      ? await askAll(ctx.checks(), (check) => (isBare ? { status: check.status } : told(check, isTold)))
      : {}),
  };
  const statuses = Object.values(answers).map((check) => check.status);
  return {
    status: statuses.includes('failed') ? 'unavailable' : statuses.includes('degraded') ? 'degraded' : 'ok',
    uptimeSeconds: Math.round(process.uptime()),
    checks: answers,
  };
}

const told = ({ told: more, ...check }: Check, isTold: boolean): Check =>
  isTold ? { ...check, ...more } : check;

/** One that cannot be told must not take the others with it. */
async function askAll(checks: Checks, shown: (check: Check) => Check): Promise<Record<string, Check>> {
  const answers = Object.entries(checks).map(async ([name, check]): Promise<[string, Check]> => {
    try {
      return [name, shown(await check())];
    } catch {
      return [name, { status: 'degraded', detail: 'it cannot be told' }];
    }
  });
  return Object.fromEntries(await Promise.all(answers));
}

function startupCheck({ startup }: HealthContext): Check {
  if (startup.state === 'ready') return { status: 'ok' };
  const told = startup.reason === undefined ? {} : { told: { reason: startup.reason } };
  return { status: 'failed', detail: startup.step, ...told };
}
