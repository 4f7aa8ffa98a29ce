import type { Layer } from '../../catalog/types.ts';
import { sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import type { Generations } from '../../generations/generations.ts';
import type { Observe } from '../../observe/events.ts';
import { removeForsaken, type Drop } from './forsaken.ts';
import { Unable, type AutoBuilt, type AutoEvent, type AutoJob } from './job.ts';
import type { AutoMaps } from './maps.ts';
import { bytesOfOthers, record, sizeOf, takeLock } from './record.ts';
import type { AutoConfig } from './settings.ts';

interface Options {
  readonly config: AutoConfig;
  readonly db: Database;
  readonly maps: AutoMaps;
  readonly generations: Pick<Generations, 'onChange' | 'pollAgain'>;
  readonly observe: Observe<AutoEvent>;
  /** When to look again after another process was building. */
  readonly busyMs?: number;
  /** How many times as long as a build took its job rests. */
  readonly restFactor?: number;
}

type Outcome = 'built' | 'followed' | 'later' | 'current' | 'busy' | 'unable' | 'failed';

/** What a process is at. */
export interface AutoProgress {
  readonly kind: string;
  readonly layer: string;
  readonly step: string;
  /** Milliseconds so far. */
  readonly ms: number;
}

/** A job may take this share of the time: a layer that changes all the time is not built from all the time. */
const REST_FACTOR = 9;
/** When to look again (ms). */
const RETRY_MS = { current: 0, busy: 5_000, failed: 60_000, unable: 3_600_000 } as const;
/** Longest statement of a build in ms: far above any, but a lost one must end some time. */
const PATIENCE_MS = 3_600_000;
/** Another process got to the row first, or made what we were about to make. */
const OVERTAKEN: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);

/**
 * Makes what layers need by themselves, behind a server that is ready: one job at a time, by one process of all that
 * serve a database, within a budget of disk. Whatever goes wrong, layers are served as they would be without.
 */
export class AutoBuilder {
  readonly #options: Options;
  readonly #offered = new Map<string, readonly AutoJob[]>();
  /** When a job may be done again, by `performance.now()`. */
  readonly #notBefore = new Map<string, number>();
  /** When one that may follow changes before that may read all rows again. */
  readonly #notAllBefore = new Map<string, number>();
  /** What was told already, by job. */
  readonly #told = new Map<string, string>();
  /** Jobs that were done once. */
  readonly #made = new Set<string>();
  readonly #drops = new Map<string, Drop>();
  /** Whether layers may have gone since that was looked at. */
  #isAnyForsaken = false;
  readonly #stopping = new AbortController();
  #isStarted = false;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #progress: (Omit<AutoProgress, 'ms'> & { readonly since: number }) | undefined;
  #unable: string | undefined;

  constructor(options: Options) {
    this.#options = options;
    options.generations.onChange(() => this.check());
  }

  /** What a kind has to offer now, instead of what it had before, and how what is wanted no more is dropped. */
  offer(kind: string, jobs: readonly AutoJob[], drop?: Drop): void {
    this.#offered.set(kind, jobs);
    if (drop) this.#drops.set(kind, drop);
    this.#isAnyForsaken = true;
    this.check();
  }

  /** Whether anything may be made of a layer without being asked for. */
  isOn(layer: Layer): boolean {
    const { config, db, maps } = this.#options;
    if (config.auto.bytes === 0 || db.kind !== 'postgres' || maps.layers[layer.id]?.auto === false)
      return false;
    // Of what each role sees other rows of, nothing is made of all of them.
    return layer.problem === undefined && layer.access !== 'role';
  }

  /** Begins to work: the server is ready, and the database takes writes. */
  start(): void {
    this.#isStarted = true;
    this.check();
  }

  /** Looks whether something is needed, now or when its rest is over, and makes it in the background. */
  check(): void {
    if (!this.#isStarted || this.#stopping.signal.aborted || this.#options.config.auto.bytes === 0) return;
    if (this.#options.db.surroundings?.readOnly !== undefined) return;
    this.#again = true;
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is being made; what rests or failed is not waited for. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Ends what is being made and begins no more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.settled();
  }

  /** What this process makes now; undefined where it makes nothing. */
  get progress(): AutoProgress | undefined {
    if (!this.#progress) return undefined;
    const { since, ...what } = this.#progress;
    return { ...what, ms: Math.round(performance.now() - since) };
  }

  /** Why nothing can be made at all; undefined where it can. */
  get unable(): string | undefined {
    return this.#unable;
  }

  /** Why single layers have nothing made, by kind and layer. */
  get problems(): ReadonlyMap<string, string> {
    return this.#told;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      await this.#removeForsaken();
      for (const job of [...this.#offered.values()].flat()) {
        if (this.#stopping.signal.aborted) return;
        if (this.#isResting(job) || !(await needs(job))) continue;
        await this.#attempt(job);
      }
      // Within the loop: what is offered meanwhile is looked at in another turn of it.
      await this.#wakeUp();
    }
  }

  async #removeForsaken(): Promise<void> {
    if (!this.#isAnyForsaken) return;
    this.#isAnyForsaken = false;
    const { db, maps, observe } = this.#options;
    try {
      const { signal } = this.#stopping;
      const removed = await removeForsaken({ db, maps, drops: this.#drops, signal });
      if (removed === 'busy') this.#isAnyForsaken = true;
      else for (const { kind, layer } of removed) observe({ type: 'auto.removed', kind, layer });
    } catch {
      // It only takes room: the next offer has it looked at again.
    }
  }

  async #attempt(job: AutoJob): Promise<void> {
    const started = performance.now();
    const outcome = await this.#build(job);
    if (this.#stopping.signal.aborted) return;
    const now = performance.now();
    const { busyMs = RETRY_MS.busy, restFactor = REST_FACTOR } = this.#options;
    // A table that was discovered while it was being filled is soon built again, once.
    const factor = this.#made.has(keyOf(job)) ? restFactor : Math.min(1, restFactor);
    if (outcome === 'built') this.#made.add(keyOf(job));
    if (outcome === 'built') this.#notAllBefore.set(keyOf(job), now + factor * (now - started));
    this.#notBefore.set(keyOf(job), now + this.#restOf(job, outcome, now - started, busyMs, restFactor));
  }

  /** What follows changes rests as long as that takes, and need not wait for the rest of who read all rows. */
  #restOf(job: AutoJob, outcome: Outcome, ms: number, busyMs: number, restFactor: number): number {
    const untilAll = Math.max(0, (this.#notAllBefore.get(keyOf(job)) ?? 0) - performance.now());
    if (outcome === 'followed') return restFactor * ms;
    if (outcome === 'built') return job.prepare ? 0 : untilAll;
    if (outcome === 'later') return untilAll;
    return { ...RETRY_MS, busy: busyMs }[outcome];
  }

  async #build(job: AutoJob): Promise<Outcome> {
    const { kind, layer } = job;
    const { db, observe } = this.#options;
    const name = `chorograph ${kind} ${layer.id}`;
    const { signal } = this.#stopping;
    try {
      await job.prepare?.();
      const made = await db.dedicated((tx) => this.#make(tx, job), {
        name,
        timeoutMs: PATIENCE_MS,
        signal,
        snapshot: true,
      });
      if (typeof made === 'string') return made;
      await job.built?.();
      this.#told.delete(keyOf(job));
      if (!made) return 'current';
      const { changed, ...whole } = made;
      if (changed) {
        const { rows, written } = changed;
        observe({ type: 'auto.followed', kind, layer: layer.id, changed: rows, written, ms: made.ms });
        return 'followed';
      }
      observe({ type: 'auto.built', kind, layer: layer.id, ...whole });
      return 'built';
    } catch (error) {
      if (signal.aborted) return 'failed';
      // What was thrown inside of the transaction.
      const cause = error instanceof AppError ? error.cause : error;
      if (cause instanceof Unable) return this.#tell(job, cause.message);
      if (OVERTAKEN.has(sqlState(cause) ?? '')) return 'busy';
      observe({ type: 'auto.failed', kind, layer: layer.id, error });
      return 'failed';
    } finally {
      this.#progress = undefined;
    }
  }

  async #make(
    tx: Queryable,
    job: AutoJob,
  ): Promise<
    | (Pick<AutoBuilt, 'rows' | 'changed'> & { bytes: number; ms: number })
    | undefined
    | 'busy'
    | 'unable'
    | 'later'
  > {
    const { kind, layer } = job;
    const started = performance.now();
    const { mine, mayCreate } = await takeLock(tx);
    if (!mayCreate) return this.#cannot('the role may not create tables in schema chorograph');
    if (!mine) return 'busy';
    const room = this.#options.config.auto.bytes - (await bytesOfOthers(tx, job));
    // A writer of hours must not have others queue up behind us; sorting in memory takes half the time of the disk.
    await tx.run(
      sql`select set_config('lock_timeout', '5s', true), set_config('work_mem', '64MB', true), set_config('jit', 'off', true)`,
    );
    const step = (text: string): void => {
      this.#progress = { kind, layer: layer.id, step: text, since: started };
      this.#options.observe({ type: 'auto.building', kind, layer: layer.id, step: text });
    };
    const mayReadAll = started >= (this.#notAllBefore.get(keyOf(job)) ?? 0);
    const made = await job.build(tx, { signal: this.#stopping.signal, room, step, mayReadAll });
    if (!made || made === 'later') return made;
    const bytes = await sizeOf(tx, made.tables);
    if (bytes > room) throw new Unable(beyond(bytes, room));
    const ms = Math.round(performance.now() - started);
    await record(tx, job, { ...made, bytes, ms });
    return { rows: made.rows, changed: made.changed, bytes, ms };
  }

  #tell(job: AutoJob, reason: string): 'unable' {
    const key = keyOf(job);
    if (this.#told.get(key) !== reason)
      this.#options.observe({ type: 'auto.unable', kind: job.kind, layer: job.layer.id, reason });
    this.#told.set(key, reason);
    return 'unable';
  }

  #cannot(reason: string): 'unable' {
    if (this.#unable !== reason) this.#options.observe({ type: 'auto.unable', reason });
    this.#unable = reason;
    return 'unable';
  }

  #isResting(job: AutoJob): boolean {
    return performance.now() < (this.#notBefore.get(keyOf(job)) ?? 0);
  }

  /** Comes back when the next rest of a job that is needed is over. */
  async #wakeUp(): Promise<void> {
    clearTimeout(this.#timer);
    const { busyMs = RETRY_MS.busy } = this.#options;
    const times = this.#isAnyForsaken ? [performance.now() + busyMs] : [];
    for (const job of [...this.#offered.values()].flat()) {
      if (this.#isResting(job) && (await needs(job))) times.push(this.#notBefore.get(keyOf(job)) ?? 0);
    }
    if (times.length === 0 || this.#stopping.signal.aborted) return;
    const waitMs = Math.max(10, Math.min(...times) - performance.now());
    this.#timer = setTimeout(() => this.check(), waitMs);
    this.#timer.unref();
  }
}

/** One that cannot be asked now is asked again with the next change. */
async function needs(job: AutoJob): Promise<boolean> {
  try {
    return await job.needed();
  } catch {
    return false;
  }
}

function keyOf({ kind, layer }: AutoJob): string {
  return `${kind} ${layer.id}`;
}

/** Why something is not made: for people. */
export function beyond(bytes: number, room: number): string {
  const [takes, left] = [bytes, room].map((size) => Math.ceil(size / 1e6));
  return `it takes ${takes} MB, and ${left} MB of CHOROGRAPH_AUTO_MB are left`;
}
