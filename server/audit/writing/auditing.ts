import { createHmac, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { addressHash } from '../../ask/public.ts';
import type { Queryable } from '../../db/types.ts';
import type { Observe } from '../../observe/events.ts';
import type { AuditLogEvent } from '../events.ts';
import { record } from './record.ts';
import type { AuditConfig } from '../settings.ts';
import type { AuditEvent, Who } from '../types.ts';
import { Waiting } from './waiting.ts';

export interface AuditingNeeds {
  readonly db: Queryable;
  readonly config: AuditConfig;
  readonly observe: Observe<AuditLogEvent>;
  readonly keys: { identify(req: Request): Promise<{ readonly id: string } | undefined> };
}

/** What other capabilities write the audit log with. */
export class Auditing {
  readonly #ctx: AuditingNeeds;
  readonly #waiting = new Waiting();
  /** What comes with every tile of a map. */
  readonly #often = new Waiting();
  readonly #addressKey: string;
  #writing: Promise<void> | undefined;
  /** Whether the last events could not be written. */
  isFailing = false;

  constructor(ctx: AuditingNeeds) {
    this.#ctx = ctx;
    const { key } = ctx.config.audit;
    // Without a key, addresses are told apart as long as the process runs.
    this.#addressKey =
      key === undefined
        ? randomBytes(32).toString('hex')
        : createHmac('sha256', key).update('addresses').digest('hex');
  }

  /** Different events that wait to be written. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Who makes a request, as the log may have it. */
  async who(req: Request): Promise<Who> {
    const identity = await this.#ctx.keys.identify(req);
    const correlation = req.res?.getHeader('X-Request-Id');
    return {
      actor: identity ? `key:${identity.id}` : 'anonymous',
      address: this.addressOf(req),
      ...(typeof correlation === 'string' ? { correlation } : {}),
    };
  }

  /** Tells addresses apart without naming one. */
  addressOf(req: Request): string {
    return addressHash(req.ip ?? '', this.#addressKey);
  }

  /**
   * Writes in the transaction of what is told of, as the last thing in it.
   * @throws AppError `audit_unavailable` (503): then what is told of must not be
   */
  async record(tx: Queryable, ...events: readonly AuditEvent[]): Promise<void> {
    try {
      await record(tx, ...events);
      this.isFailing = false;
    } catch (error) {
      this.isFailing = true;
      throw error;
    }
    this.#tell(events);
  }

  /** Writes a little later, together with others: for what has no transaction, and for what comes often. */
  note(event: AuditEvent): void {
    this.#waiting.add(event);
  }

  /** Writes what is alike together, once in a while: `gather()`. */
  noteTogether(event: AuditEvent): void {
    this.#often.add(event);
  }

  /** What was noted together now waits to be written. */
  gather(): void {
    for (const event of this.#often.take()) this.#waiting.add(event);
  }

  /** Writes what waits; what cannot be written goes on waiting. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.size > 0)
      await (this.#writing ??= this.#write().finally(() => (this.#writing = undefined)));
  }

  async #write(): Promise<void> {
    const events = this.#waiting.take();
    try {
      await this.record(this.#ctx.db, ...events);
    } catch (error) {
      for (const event of events) this.#waiting.add(event);
      this.#ctx.observe({ type: 'audit.not_written', error, waiting: this.#waiting.size });
    }
  }

  #tell(events: readonly AuditEvent[]): void {
    const { observe } = this.#ctx;
    for (const { severity, times = 1 } of events) observe({ type: 'audit.written', severity, events: times });
  }
}
