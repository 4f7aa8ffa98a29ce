import type { Capability, Starting } from '../capability.ts';
import { contentTag } from '../http/answers/respond.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { Limits, type LimitNeeds } from './limits.ts';
import type { LimitEvent } from './refusal.ts';
import { openRates } from './open.ts';
import { limitSettings } from './settings.ts';

interface LimitContext {
  readonly config: { readonly redisUrl: string | undefined; readonly databaseUrl: string | undefined };
  readonly limits: Limits;
}

/** How much anybody may ask for. */
export const limits = {
  name: 'limits',
  settings: limitSettings,
  events: tells<LimitEvent>({ 'limit.hit': 'debug' }), // one per request too many; the audit log has them together

  services: (ctx: LimitNeeds): { readonly limits: Limits } => ({ limits: new Limits(ctx) }),

  metrics: (instruments: Instruments): Handlers<LimitEvent> => {
    const hits = instruments.counter('limit_hits_total', 'Requests refused as one too many', ['class']);
    return { 'limit.hit': ({ class: of }) => hits.inc({ class: of }) };
  },

  prepare: async ({ config, limits }: LimitContext, { releasers }: Starting): Promise<void> => {
    const { redisUrl, databaseUrl } = config;
    // Instances over one database count together.
    const namespace = contentTag(databaseUrl ?? 'embedded');
    limits.use(await openRates({ redisUrl, namespace }, releasers));
  },
} satisfies Capability;
