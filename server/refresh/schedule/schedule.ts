import { sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import type { Observe } from '../../observe/events.ts';
import { Clock, type Alarm } from './clock.ts';
import type { RefreshEvent } from '../events.ts';
import type { Refresher } from '../runs/refresher.ts';
import type { RefreshTarget } from '../views/targets.ts';

/**
 * Asks for a refresh at every tick of every schedule. All instances hear the same ticks; the record
 * keeps one run of each. A tick that no instance heard is made up for at the next start.
 */
export class Schedule {
  readonly #db: Database;
  readonly #refresher: Refresher;
  readonly #observe: Observe<RefreshEvent>;
  /** By view. */
  readonly #alarms = new Map<string, Alarm>();
  #clock: Clock | undefined;
  /** Not yet looked at whether a tick of theirs was missed. */
  readonly #starting = new Set<RefreshTarget>();
  /** Ticks that the database could not be told of yet. */
  readonly #untold = new Map<string, Date>();

  constructor(db: Database, refresher: Refresher, observe: Observe<RefreshEvent>) {
    this.#db = db;
    this.#refresher = refresher;
    this.#observe = observe;
  }

  /** Starts the clock; what needs the database is done by `tell()`. */
  start(): void {
    for (const target of this.#refresher.targets) {
      const { cron, timezone, jitter } = target.spec;
      if (cron === undefined) continue;
      const ring = (due: Date): void => void this.#tick(target, due);
      this.#alarms.set(target.view, { cron, timezone, jitter, ring });
      this.#starting.add(target);
    }
    this.#clock = new Clock([...this.#alarms.values()]);
  }

  /** When a view is due next. */
  next(view: string): Date | undefined {
    const alarm = this.#alarms.get(view);
    return alarm && this.#clock?.next(alarm);
  }

  /** Makes up for ticks that fell while no instance was there, or while the database was away. */
  async tell(): Promise<void> {
    for (const target of this.#starting) {
      await this.#catchUp(target);
      await this.#rememberNext(target);
      this.#starting.delete(target);
    }
    for (const [view, dueAt] of this.#untold) {
      await this.#refresher.request(view, 'cron', dueAt);
      this.#untold.delete(view);
    }
  }

  /** Follows the views that `maps.yaml` names now. */
  async restart(): Promise<void> {
    await this.stop();
    this.#alarms.clear();
    this.#starting.clear();
    this.start();
  }

  async stop(): Promise<void> {
    await this.#clock?.stop();
  }

  async #tick(target: RefreshTarget, dueAt: Date): Promise<void> {
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
