import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent, Who } from '../../audit/public.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import type { Observe } from '../../observe/events.ts';
import {
  busyViews,
  claim,
  endRun,
  enqueue,
  forgetOldRuns,
  release,
  renew,
  requeue,
  waitingViews,
  type QueuedRun,
  type Trigger,
} from './queue.ts';
import type { RefreshEvent } from '../events.ts';
import type { RefreshConfig } from '../settings.ts';
import type { RefreshMaps } from '../spec.ts';
import { LeaseLost, NotRefreshable, refreshView, type Outcome } from './run.ts';
import { withSources } from '../views/sources.ts';
import { inDependencyOrder, refreshTargets, type RefreshTarget } from '../views/targets.ts';
import { readViews } from '../views/views.ts';

export interface RefresherOptions {
  db: Database;
  maps: RefreshMaps;
  config: RefreshConfig & { readonly changePollMs: number; readonly shutdownMs: number };
  observe: Observe<RefreshEvent>;
}

/** Views that one instance refreshes at a time: a long one must not hold up the short ones. */
const PARALLEL = { postgres: 2, embedded: 1 } as const;
/** Pauses before a refresh is tried again that met a lock, a deadlock or a database that went away. */
const RETRY_DELAYS_MS = [500, 2_000, 5_000, 10_000];
const FORGET_INTERVAL_MS = 3_600_000;

/**
 * Runs what is queued in `chorograph.refresh_run`. Every instance has one; a lease in the database lets
 * one of them run a given view, and another take over where that one died.
 */
export class Refresher {
  #targets: readonly RefreshTarget[];
  /** Who we are in leases and records: unlike any other process, and any earlier one. */
  readonly instance = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  readonly #options: RefresherOptions;
  readonly #active = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #timers: NodeJS.Timeout[] = [];
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #beforeLooking: (() => Promise<void>) | undefined;

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#targets = refreshTargets(options.maps);
  }

  get targets(): readonly RefreshTarget[] {
    return this.#targets;
  }

  /** The views that `maps.yaml` names may have become others; what runs goes on. */
  retarget(): void {
    this.#targets = refreshTargets(this.#options.maps);
  }

  target(view: string): RefreshTarget | undefined {
    return this.targets.find((target) => target.view === view);
  }

  /** Begins to look for queued runs, now and at an interval. `beforeLooking` runs each time before. */
  start(beforeLooking?: () => Promise<void>): void {
    const { config, db, observe } = this.#options;
    this.#beforeLooking = beforeLooking;
    const forget = (): void => {
      forgetOldRuns(db, config.refresh.keepDays).catch((error: unknown) =>
        observe({ type: 'refresh.stalled', error }),
      );
    };
    this.#timers = [
      setInterval(() => this.wake(), config.changePollMs),
      setInterval(forget, FORGET_INTERVAL_MS),
    ];
    forget();
    this.wake();
  }

  /**
   * Asks for a refresh of a view; see `enqueue`. By a schedule also of those that it reads and that have no schedule
   * of their own: nobody else would refresh them.
   */
  async request(view: string, trigger: Trigger, dueAt?: Date): Promise<QueuedRun | undefined> {
    if (trigger === 'cron' || trigger === 'startup') {
      for (const source of await this.#unscheduledSources(view)) await this.#enqueue(source, trigger, dueAt);
    }
    const run = await this.#enqueue(view, trigger, dueAt);
    this.wake();
    return run;
  }

  /** For who asks by hand: `record` writes it down in the same transaction, or there is no run. */
  async requestByHand(view: string, { trigger, who, record }: ByHand): Promise<QueuedRun | undefined> {
    const { db } = this.#options;
    const run = await db.transaction(async (tx) => {
      const queued = await enqueue(tx, { view, trigger, instance: this.instance });
      if (queued) await record(tx, requested(queued, who));
      return queued;
    });
    this.wake();
    return run;
  }

  async #unscheduledSources(view: string): Promise<string[]> {
    const unscheduled = this.targets
      .filter(({ spec }) => spec.cron === undefined)
      .map((target) => target.view);
    if (unscheduled.length === 0) return [];
    const all = await withSources(this.#options.db, [view], (source) => unscheduled.includes(source));
    return all.filter((source) => source !== view);
  }

  #enqueue(view: string, trigger: Trigger, dueAt: Date | undefined): Promise<QueuedRun | undefined> {
    const { db } = this.#options;
    return enqueue(db, { view, trigger, instance: this.instance, ...(dueAt ? { dueAt } : {}) });
  }

  /** Looks for work soon. Calls that come while it looks make it look once more. */
  wake(): void {
    if (this.#stopping.signal.aborted || this.#timers.length === 0) return;
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain) this.wake(); // called between the last look and here
    });
  }

  /** Cancels what runs, leaves it to others or to the next start, and waits until that is written down. */
  async stop(): Promise<void> {
    this.#timers.forEach(clearInterval);
    this.#stopping.abort();
    const ended = Promise.all([this.#looking, ...this.#active.values()]);
    const deadline = new AbortController();
    await Promise.race([
      ended,
      sleep(this.#options.config.shutdownMs, undefined, { signal: deadline.signal }).catch(() => {}),
    ]);
    deadline.abort();
  }

  async #look(): Promise<void> {
    while (this.#lookAgain && !this.#stopping.signal.aborted) {
      this.#lookAgain = false;
      try {
        await this.#beforeLooking?.();
        await this.#takeRuns();
      } catch (error) {
        this.#options.observe({ type: 'refresh.stalled', error }); // the timer looks again
      }
    }
  }

  async #takeRuns(): Promise<void> {
    const { db, config, observe } = this.#options;
    const waiting = await waitingViews(db);
    if (waiting.every((view) => this.#active.has(view))) return;
    const found = new Map((await readViews(db, waiting)).map((view) => [view.view, view]));
    const busy = await busyViews(db, 'queued', 'running');
    const ordered = inDependencyOrder(
      waiting.map((view) => ({ view, sources: found.get(view)?.sources ?? [] })),
    );
    for (const { view, sources } of ordered) {
      if (this.#stopping.signal.aborted || this.#active.size >= PARALLEL[db.kind]) return;
      // A view waits for those that it reads; whoever ends one of them looks again.
      if (this.#active.has(view) || sources.some((source) => busy.has(source))) continue;
      const { leaseMs } = config.refresh;
      const { run, abandoned } = await claim(db, { view, sources, holder: this.instance, leaseMs });
      for (const { id } of abandoned) {
        observe({ type: 'refresh.abandoned', view, run: id, reason: 'its instance went away' });
      }
      if (run) this.#begin(run);
      else if (abandoned.length > 0) this.#lookAgain = true;
    }
  }

  #begin(run: QueuedRun): void {
    const { observe } = this.#options;
    const running = this.#execute(run)
      // What cannot even be written down is found by the next holder of the lease.
      .catch((error: unknown) => observe({ type: 'refresh.stalled', error }))
      .finally(() => {
        this.#active.delete(run.view);
        this.wake();
      });
    this.#active.set(run.view, running);
  }

  async #execute(run: QueuedRun): Promise<void> {
    const { db, observe } = this.#options;
    const { view, id } = run;
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    observe({ type: 'refresh.started', view, run: id, trigger: run.trigger });
    const stopRenewing = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, stopRenewing.signal]);
    const renewing = this.#keepLease(view, stopRenewing);
    try {
      const outcome = await this.#attempt(run, signal);
      if (outcome?.status === 'skipped') {
        observe({ type: 'refresh.skipped', view, run: id, reason: outcome.reason });
      } else if (outcome) {
        const { mode, rows, rowsChanged, warning } = outcome;
        const more = warning === undefined ? {} : { warning };
        observe({ type: 'refresh.finished', view, run: id, ms: elapsed(), mode, rows, rowsChanged, ...more });
        if (outcome.bumped !== undefined) await this.#requestFollowers(view);
      }
    } catch (error) {
      if (signal.aborted) await this.#abandon(run);
      else {
        observe({ type: 'refresh.failed', view, run: id, ms: elapsed(), error });
        await endRun(db, run, { status: 'failed', ...explain(error) });
      }
    } finally {
      clearInterval(renewing);
      await release(db, { view, holder: this.instance });
    }
  }

  /** Tries until it succeeds or fails for good. Undefined where it turns out to have ended before. */
  async #attempt(run: QueuedRun, signal: AbortSignal): Promise<Outcome | undefined> {
    const { db, config, observe } = this.#options;
    const target = this.target(run.view) ?? { view: run.view, spec: {}, choropleths: [], key: [] };
    for (let failures = 0; ; failures++) {
      try {
        const { timeoutMs } = config.refresh;
        return await refreshView(db, run, { target, holder: this.instance, timeoutMs, signal });
      } catch (thrown) {
        const error = ownError(thrown);
        const { view, id } = run;
        if (error instanceof LeaseLost) {
          // Also where the connection broke between our COMMIT and its answer: then it is done.
          observe({ type: 'refresh.abandoned', view, run: id, reason: error.message });
          return undefined;
        }
        const delayMs = RETRY_DELAYS_MS[failures];
        if (signal.aborted || delayMs === undefined || !mayPass(error)) throw error;
        observe({ type: 'refresh.retried', view, run: id, error, delayMs });
        await sleep(delayMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #abandon(run: QueuedRun): Promise<void> {
    const { db, observe } = this.#options;
    const reason = this.#stopping.signal.aborted ? 'the server was stopped' : 'the lease could not be kept';
    observe({ type: 'refresh.abandoned', view: run.view, run: run.id, reason });
    if (await endRun(db, run, { status: 'abandoned', reason })) await requeue(db, run, this.instance);
  }

  /** Renews the lease while a run goes on; `lost` fires where it can no longer be relied on. */
  #keepLease(view: string, lost: AbortController): NodeJS.Timeout | undefined {
    const { db, config } = this.#options;
    const { leaseMs } = config.refresh;
    // One session and one process: nobody else is there, and a renewal would only wait for the refresh.
    if (db.kind === 'embedded') return undefined;
    let renewed = Date.now();
    return setInterval(() => {
      renew(db, { view, holder: this.instance, leaseMs }).then(
        (kept) => {
          if (kept) renewed = Date.now();
          else lost.abort();
        },
        // The database may be restarting: the refresh is tried again, and COMMIT asks for the lease anyway.
        () => Date.now() - renewed > 10 * leaseMs && lost.abort(),
      );
    }, leaseMs / 3);
  }

  /** Views without a schedule of their own are refreshed after those that they read. */
  async #requestFollowers(view: string): Promise<void> {
    const { db } = this.#options;
    const followers = this.targets.filter(({ spec }) => spec.cron === undefined).map((target) => target.view);
    if (followers.length === 0) return;
    for (const follower of await readViews(db, followers)) {
      if (follower.materialized && follower.sources.includes(view))
        await this.request(follower.view, 'dependency');
    }
  }
}

interface ByHand {
  readonly trigger: 'api' | 'manual';
  readonly who: Who;
  readonly record: (tx: Queryable, event: AuditEvent) => Promise<void>;
}

const requested = ({ id, view }: QueuedRun, who: Who): AuditEvent => ({
  ...who,
  severity: 'info',
  action: 'refresh.requested',
  object: `view:${view}`,
  outcome: 'done',
  after: { run: id },
});

/** What a transaction threw of its own accord comes out of the pool as the cause of `internal`. */
function ownError(thrown: unknown): unknown {
  const cause = thrown instanceof AppError ? thrown.cause : undefined;
  return cause instanceof LeaseLost || cause instanceof NotRefreshable ? cause : thrown;
}

/** Locks, deadlocks, a full or restarting database: trying again may help. */
function mayPass(error: unknown): boolean {
  return (
    error instanceof AppError && (error.code === 'database_busy' || error.code === 'database_unavailable')
  );
}

function explain(error: unknown): { error: string; errorCode: string } {
  const cause = error instanceof AppError && error.cause !== undefined ? error.cause : error;
  return {
    error: cause instanceof Error ? cause.message : String(cause),
    errorCode:
      error instanceof NotRefreshable
        ? 'refresh_unavailable'
        : error instanceof AppError
          ? error.code
          : 'internal',
  };
}
