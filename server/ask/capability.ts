import type { Capability, Check, Running, Starting } from '../capability.ts';
import { contentTag } from '../http/answers/respond.ts';
import type { Route } from '../http/routes.ts';
import { openRates } from '../limits/open.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { AskContext } from './context.ts';
import type { AskNeeds } from './needs.ts';
import type { AskEvent } from './events.ts';
import { logRoutes } from './log/routes.ts';
import { askOperations, askRoutes } from './routes.ts';
import { AskService } from './service.ts';
import { askSettings } from './settings.ts';

const DAY_MS = 86_400_000;
/** After a start those who ask have the connections first. */
const FIRST_PRUNE_MS = 5_000;
/** Seconds; an answer takes some, and a whole deadline at the most. */
const BUCKETS = [0.005, 0.015, 0.05, 0.2, 0.5, 1, 2, 4, 8, 15, 30];

/** Questions in plain language, answered within the topics of a policy and with figures of the map. */
export const ask = {
  name: 'ask',
  settings: askSettings,
  events: tells<AskEvent>({
    'ask.answered': 'info',
    'ask.upstream.failed': 'warn',
    'ask.model.checked': 'info',
    'ask.log.failed': 'warn',
  }),
  migrations: ['0050_ask'],

  services: (ctx: AskNeeds): { readonly asking: AskService } => ({ asking: new AskService(ctx) }),

  metrics: (instruments: Instruments, { asking }: AskContext): Handlers<AskEvent> => {
    const questions = instruments.counter('ask_questions_total', 'Questions by what became of them', [
      'outcome',
      'reason',
    ]);
    const seconds = instruments.histogram('ask_seconds', 'Time of a question', ['part'], BUCKETS);
    const tokens = instruments.counter('ask_tokens_total', 'Tokens of the model', ['direction']);
    const dollars = instruments.counter(
      'ask_usd_total',
      'What the tokens cost, by the prices that are configured',
    );
    const failures = instruments.counter(
      'ask_upstream_failures_total',
      'Failed questions by how the model failed',
      ['kind'],
    );
    instruments.gauge('ask_load', 'Questions that are with the model, and that wait for it', () =>
      Object.entries(asking.load),
    );
    return {
      'ask.answered': ({ outcome, reason, ms, waitedMs, inputTokens, outputTokens, micros }) => {
        questions.inc({ outcome, reason: reason ?? 'none' });
        seconds.observe({ part: 'whole' }, ms / 1000);
        seconds.observe({ part: 'own' }, Math.max(0, ms - waitedMs) / 1000);
        tokens.inc({ direction: 'input' }, inputTokens);
        tokens.inc({ direction: 'output' }, outputTokens);
        dollars.inc(micros / 1e6);
      },
      'ask.upstream.failed': ({ kind }) => failures.inc({ kind }),
    };
  },

  routes: (ctx: AskContext): Route[] => [...askRoutes(ctx), ...logRoutes(ctx)],
  operations: (ctx: AskContext): Route[] => askOperations(ctx),

  checks: {
    ask: ({ asking, config }: AskContext): Check => {
      if (config.ask.apiKey === undefined) return { status: 'ok', detail: 'not configured' };
      const warning = asking.models.warning(config.ask.model) ?? asking.watch?.warning;
      // Maps are served whatever becomes of the model: this never takes an instance out of service.
      return {
        status: asking.watch?.isMissing ? 'degraded' : 'ok',
        ...(warning === undefined ? {} : { detail: warning }),
      };
    },
  },

  prepare: async (ctx: AskContext, { releasers }: Starting): Promise<void> => {
    const { redisUrl, databaseUrl } = ctx.config;
    // Instances over one database count together.
    const namespace = contentTag(databaseUrl ?? 'embedded');
    await ctx.asking.prepare(await openRates({ redisUrl, namespace }, releasers));
  },

  resolve: ({ asking }: AskContext): Promise<void> => asking.readPlaces(),

  start: (ctx: AskContext, { log, releasers }: Running): void => {
    const { asking, config } = ctx;
    asking.watch?.start();
    const prune = (): void => {
      asking.log
        .prune(config.ask.keepDays)
        .catch((error: unknown) => log.warn({ err: error }, 'old questions were not removed'));
    };
    const timers = [setTimeout(prune, FIRST_PRUNE_MS), setInterval(prune, DAY_MS)];
    timers.forEach((timer) => timer.unref());
    releasers.push('questions', async () => {
      timers.forEach((timer) => clearInterval(timer));
      asking.watch?.stop();
      await asking.log.flush();
    });
  },
} satisfies Capability;
