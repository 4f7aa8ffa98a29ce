import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Observe } from '../../observe/events.ts';
import type { AuditLogEvent } from '../events.ts';
import { countSince } from '../reading/query.ts';
import type { AuditConfig } from '../settings.ts';
import type { Alert } from './alert.ts';
import { sendMail } from './mail.ts';
import type { AlertRule } from './rules.ts';
import { persistently } from './retry.ts';
import { callWebhook } from './webhook.ts';

export interface AlertNeeds {
  readonly db: Queryable;
  readonly config: AuditConfig;
  readonly observe: Observe<AuditLogEvent>;
}

type Way = readonly [name: string, send: (alert: Alert) => Promise<void>];

/** Tells people when there were more events of a severity than there should be. Of many instances one tells. */
export class Alerts {
  readonly #ctx: AlertNeeds;
  readonly #ways: readonly Way[];
  readonly #sending = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(ctx: AlertNeeds) {
    this.#ctx = ctx;
    const { webhook, mail } = ctx.config.audit;
    this.#ways = [
      ...(webhook ? [['webhook', (alert: Alert) => callWebhook(webhook, alert)] as const] : []),
      ...(mail ? [['mail', (alert: Alert) => sendMail(mail, alert)] as const] : []),
    ];
  }

  /** Looks whether there is something to tell. Each rule tells once per window. */
  async look(): Promise<void> {
    for (const rule of this.#ctx.config.audit.alerts) {
      const count = await countSince(this.#ctx.db, rule.severity, rule.windowS);
      if (count >= rule.atLeast && (await this.#isFirst(rule))) this.#raise(rule, count);
    }
  }

  /** Resolves when nothing is being sent; what fails is not tried again. */
  async settled(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#sending);
  }

  async #isFirst({ text, windowS }: AlertRule): Promise<boolean> {
    const claimed = await this.#ctx.db.run(sql`
      insert into chorograph.audit_alert as a (rule, told_at) values (${text}, now())
      on conflict (rule) do update set told_at = now()
        where a.told_at <= now() - make_interval(secs => ${windowS}::float8)
      returning rule`);
    return claimed.length > 0;
  }

  #raise({ text: rule, severity, windowS: windowSeconds }: AlertRule, count: number): void {
    const { observe } = this.#ctx;
    observe({ type: 'audit.alert', rule, count });
    const alert = { rule, severity, count, windowSeconds, at: new Date().toISOString() };
    for (const [by, send] of this.#ways) {
      const sending = persistently(() => send(alert), this.#stopping.signal)
        .catch((error: unknown) => observe({ type: 'audit.alert.failed', rule, by, error }))
        .finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }
}
