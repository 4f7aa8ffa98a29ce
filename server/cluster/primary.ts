import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { MetricsCollector } from './collect.ts';
import type { FromPrimary, FromWorker } from './messages.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 15_000;
/** A worker that ran this long was healthy: its end starts the back-off anew. */
const HEALTHY_MS = 10_000;
/** How long workers that could serve wait for the one that was first to listen, and only says that it is starting. */
const FIRST_LISTENER_MS = 10_000;
/** Time after its own deadline in which a worker must be gone. */
const KILL_MARGIN_MS = 5_000;

export interface PrimaryOptions {
  workers: number;
  /** What is set for them besides the environment of this process. */
  environment: Readonly<Record<string, string>>;
  /** Node's options, in place of those of this process. */
  nodeOptions: readonly string[];
  /** How long a worker may take to finish its answers. */
  shutdownMs: number;
  /** How long connections of a worker that is being replaced may stay idle before they are closed. */
  lingerMs: number;
  log: Logger;
  /** Told the URL when every worker serves. */
  onReady: (url: string) => void;
  /** Told what workers have to say to the person at the terminal, each thing once. */
  onProgress: (text: string) => void;
  /** Told why workers do not run, each thing once. */
  onRefused: (text: string) => void;
}

/** One of the places for workers: who has it now, and how its predecessors fared. */
interface Slot {
  worker: Worker | undefined;
  startedAt: number;
  delayMs: number;
}

/**
 * Runs `workers` processes on one port, starts again what ends by itself, and replaces all of them one
 * by one on `reload()`: a new worker serves before the old one stops taking connections.
 */
export class Primary {
  readonly #options: PrimaryOptions;
  readonly #slots: Slot[];
  readonly #ready = new Set<Worker>();
  /** Takes connections before it can serve, so that somebody says that the program is starting. */
  #firstListener: Worker | undefined;
  /** Could serve, and would share connections with one that cannot. */
  readonly #prepared = new Set<Worker>();
  /** Workers whose end is asked for. */
  readonly #leaving = new Set<Worker>();
  readonly #collector = new MetricsCollector(() => [...this.#ready]);
  readonly #ended: Promise<number>;
  #end: (code: number) => void = () => {};
  readonly #said = new Set<string>();
  #announced = false;
  #stopping = false;
  #reloading: Promise<void> | undefined;
  #reloadAgain = false;

  constructor(options: PrimaryOptions) {
    this.#options = options;
    cluster.setupPrimary({ execArgv: [...options.nodeOptions] });
    this.#slots = Array.from({ length: options.workers }, () => ({
      worker: undefined,
      startedAt: 0,
      delayMs: FIRST_DELAY_MS,
    }));
    this.#ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Resolves with the exit code when all workers have ended. */
  run(): Promise<number> {
    for (const slot of this.#slots) slot.worker = this.#fork(slot);
    return this.#ended;
  }

  /** Ends every worker as its own SIGTERM would. */
  async stop(code = 0): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const all = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(all.map((worker) => this.#endWorker(worker, () => worker.process.kill('SIGTERM'))));
    this.#end(code);
  }

  /** Replaces every worker; asked for again meanwhile, it is done once more after that. */
  reload(): void {
    if (this.#stopping) return;
    this.#reloadAgain = this.#reloading !== undefined;
    this.#reloading ??= this.#replaceAll().finally(() => {
      this.#reloading = undefined;
      if (this.#reloadAgain) this.reload();
    });
  }

  async #replaceAll(): Promise<void> {
    this.#options.log.info('replacing the workers one by one');
    this.#collector.reloads++;
    for (const slot of this.#slots) {
      if (this.#stopping) return;
      const old = slot.worker;
      const next = this.#fork(slot);
      if (!(await this.#becomesReady(next))) {
        this.#options.log.error('a new worker does not start: the others stay as they are');
        return;
      }
      slot.worker = next;
      if (old) await this.#drain(old);
    }
    this.#options.log.info('every worker is replaced');
  }

  #fork(slot: Slot): Worker {
    const worker = cluster.fork(this.#options.environment);
    slot.startedAt = Date.now();
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'chorograph:ready') this.#onReady(worker, message.url);
      if (message.type === 'chorograph:asks-to-listen') this.#onAsking(worker, message.isPrepared);
      if (message.type === 'chorograph:progress') this.#once(message.text, this.#options.onProgress);
      if (message.type === 'chorograph:refused') this.#once(message.text, this.#options.onRefused);
      this.#collector.onMessage(worker, message);
    });
    worker.on('error', (error) => this.#options.log.warn({ err: error }, 'a worker could not be told'));
    worker.once('exit', (code, signal) => this.#onExit(slot, worker, code, signal));
    return worker;
  }

  #onAsking(worker: Worker, isPrepared: boolean): void {
    if (worker === this.#firstListener) return;
    if (!isPrepared) {
      if (this.#ready.size > 0 || this.#firstListener !== undefined) return;
      this.#firstListener = worker;
      return tell(worker, { type: 'chorograph:listen' });
    }
    this.#prepared.add(worker);
    if (this.#firstListener === undefined) this.#letListen();
    else setTimeout(() => this.#letListen(), FIRST_LISTENER_MS).unref();
  }

  #letListen(): void {
    for (const worker of this.#prepared) tell(worker, { type: 'chorograph:listen' });
    this.#prepared.clear();
  }

  /** It serves or is gone: nobody need wait for it. */
  #onFirstListener(worker: Worker): void {
    if (worker !== this.#firstListener) return;
    this.#firstListener = undefined;
    this.#letListen();
  }

  #onReady(worker: Worker, url: string): void {
    this.#ready.add(worker);
    this.#onFirstListener(worker);
    worker.emit('chorograph:ready');
    if (this.#announced || this.#ready.size < this.#slots.length) return;
    this.#announced = true;
    this.#options.onReady(url);
  }

  #once(text: string, tell: (text: string) => void): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    tell(text);
  }

  #onExit(slot: Slot, worker: Worker, code: number | null, signal: string | null): void {
    this.#ready.delete(worker);
    this.#prepared.delete(worker);
    this.#onFirstListener(worker);
    const expected = this.#leaving.delete(worker);
    if (this.#stopping || expected || slot.worker !== worker) return;
    // Nobody ever served: it is not a crash but a reason not to run at all.
    if (!this.#announced && code !== null && code !== 0) {
      void this.stop(code);
      return;
    }
    if (Date.now() - slot.startedAt > HEALTHY_MS) slot.delayMs = FIRST_DELAY_MS;
    this.#options.log.error({ code, signal, restartMs: slot.delayMs }, 'a worker ended; it is started again');
    this.#collector.restarts++;
    slot.worker = undefined;
    const { delayMs } = slot;
    slot.delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    void sleep(delayMs).then(() => {
      if (!this.#stopping && slot.worker === undefined) slot.worker = this.#fork(slot);
    });
  }

  /** False where it ends before. */
  async #becomesReady(worker: Worker): Promise<boolean> {
    const over = new AbortController();
    const { signal } = over;
    const ready = once(worker, 'chorograph:ready', { signal }).then(() => true);
    const ended = once(worker, 'exit', { signal }).then(() => false);
    const first = await Promise.race([ready, ended]);
    await Promise.allSettled([ready, ended, over.abort()]);
    return first;
  }

  #drain(worker: Worker): Promise<void> {
    return this.#endWorker(worker, () => tell(worker, { type: 'chorograph:drain' }));
  }

  /** Asks a worker to end, and kills it where it does not. */
  async #endWorker(worker: Worker, ask: () => void): Promise<void> {
    if (worker.isDead()) return;
    this.#leaving.add(worker);
    this.#ready.delete(worker);
    const ended = once(worker, 'exit');
    const { lingerMs, shutdownMs } = this.#options;
    const killer = setTimeout(() => worker.process.kill('SIGKILL'), lingerMs + shutdownMs + KILL_MARGIN_MS);
    try {
      if (worker.isConnected()) ask();
    } finally {
      await ended;
      clearTimeout(killer);
    }
  }
}

function tell(worker: Worker, message: FromPrimary): void {
  if (worker.isConnected()) worker.send(message);
}
