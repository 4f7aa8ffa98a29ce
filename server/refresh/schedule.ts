import cron, { type ScheduledTask } from 'node-cron';
import { sql } from '../db/sql.ts';
import type { Database } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import type { Refresher } from './refresher.ts';
import type { RefreshTarget } from './targets.ts';

/** node-cron warns of what we handle: a tick that came late is a tick all the same. */
const quiet = { info() {}, warn() {}, error() {}, debug() {} };

/**
 * Asks for a refresh at every tick of every schedule. All instances hear the same ticks; the record
 * keeps one run of each. A tick that no instance heard is made up for at the next start.
 */
export class Schedule {
  readonly #db: Database;
  readonly #refresher: Refresher;
  readonly #observe: Observe;
  readonly #tasks = new Map<string, ScheduledTask>();
  /** Ticks that the database could not be told of yet. */
  readonly #untold = new Map<string, Date>();

  constructor(db: Database, refresher: Refresher, observe: Observe) {
    this.#db = db;
    this.#refresher = refresher;
    this.#observe = observe;
  }

  async start(): Promise<void> {
    const scheduled = this.#refresher.targets.filter(({ spec }) => spec.cron !== undefined);
    for (const target of scheduled) await this.#catchUp(target);
    for (const target of scheduled) {
      const { cron: expression = '', timezone, jitter } = target.spec;
      const tick = ({ date }: { date: Date }): Promise<void> => this.#tick(target, date);
      const task = cron.createTask(expression, tick, {
        ...(timezone === undefined ? {} : { timezone }),
        ...(jitter === undefined ? {} : { maxRandomDelay: jitter }),
        logger: quiet,
        suppressMissedWarning: true,
      });
      task.on('execution:missed', tick);
      await task.start();
      this.#tasks.set(target.view, task);
      await this.#rememberNext(target);
    }
  }

  /** When a view is due next. */
  next(view: string): Date | undefined {
    return this.#tasks.get(view)?.getNextRun() ?? undefined;
  }

  /** Tells the database of ticks that fell while it was away. */
  async tellAgain(): Promise<void> {
    for (const [view, dueAt] of this.#untold) {
      await this.#refresher.request(view, 'cron', dueAt);
      this.#untold.delete(view);
    }
  }

  async stop(): Promise<void> {
    for (const task of this.#tasks.values()) await task.destroy();
  }

  async #tick(target: RefreshTarget, date: Date): Promise<void> {
    // Instances must name a tick alike, to the second.
    const dueAt = new Date(Math.floor(date.getTime() / 1000) * 1000);
    try {
      await this.#refresher.request(target.view, 'cron', dueAt);
      await this.#rememberNext(target);
    } catch (error) {
      this.#untold.set(target.view, dueAt);
      this.#observe({ type: 'refresh.stalled', error });
    }
  }

  async #rememberNext(target: RefreshTarget): Promise<void> {
    const next = this.next(target.view);
    if (!next) return;
    await this.#db.run(sql`
      insert into chorograph.schedule as s (view, cron, next_due_at)
      values (${target.view}, ${name(target)}, ${next.toISOString()}::timestamptz)
      on conflict (view) do update set cron = excluded.cron, next_due_at = excluded.next_due_at`);
  }

  /** A tick that should have come while no instance was there. Under another schedule none was missed. */
  async #catchUp(target: RefreshTarget): Promise<void> {
    const [missed] = await this.#db.run<{ due_at: string }>(sql`
      select to_char(next_due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as due_at
      from chorograph.schedule
      where view = ${target.view} and cron = ${name(target)} and next_due_at <= clock_timestamp()`);
    if (missed) await this.#refresher.request(target.view, 'startup', new Date(missed.due_at));
  }
}

function name({ spec }: RefreshTarget): string {
  return [spec.cron, spec.timezone].filter((part) => part !== undefined).join(' ');
}
