import { AppError } from '../../errors.ts';
import type {
  Database,
  DedicatedOptions,
  PoolLoad,
  Queryable,
  RunOptions,
  TransactionOptions,
} from '../types.ts';
import type { SessionPlan, Surroundings } from './session.ts';
import type { OnSlow } from '../slow.ts';
import type { Sql } from '../sql.ts';

/**
 * A database that is still being opened: it refuses queries until `become()` hands it the real one,
 * so that the HTTP server can listen, and say what it waits for, from the first moment.
 */
export class DeferredDatabase implements Database {
  readonly kind: Database['kind'];
  readonly hasMvt: boolean;
  #target: Database | undefined;
  #listeners: (() => void)[] = [];

  constructor(kind: Database['kind']) {
    this.kind = kind;
    this.hasMvt = kind === 'postgres';
  }

  become(target: Database): void {
    this.#target = target;
    for (const start of this.#listeners.splice(0)) start();
  }

  async run<Row extends object>(query: Sql, options?: RunOptions): Promise<Row[]> {
    return this.#opened().run<Row>(query, options);
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.#opened().transaction(work, options);
  }

  async dedicated<T>(work: (tx: Queryable) => Promise<T>, options: DedicatedOptions): Promise<T> {
    return this.#opened().dedicated(work, options);
  }

  listen(channel: string, handler: (payload: string) => void, onReconnect?: () => void): () => void {
    let stop: (() => void) | undefined;
    let stopped = false;
    const start = (): void => {
      if (!stopped) stop = this.#target?.listen(channel, handler, onReconnect);
    };
    if (this.#target) start();
    else this.#listeners.push(start);
    return () => {
      stopped = true;
      stop?.();
    };
  }

  get isListening(): boolean {
    return this.#target?.isListening ?? false;
  }

  get surroundings(): Surroundings | undefined {
    return this.#target?.surroundings;
  }

  async lookAround(): Promise<Surroundings> {
    return this.#opened().lookAround();
  }

  async sessionPlan(): Promise<SessionPlan | undefined> {
    return this.#opened().sessionPlan();
  }

  async ping(timeoutMs?: number): Promise<void> {
    return this.#opened().ping(timeoutMs);
  }

  load(): PoolLoad {
    return this.#target?.load() ?? { size: 0, open: 0, idle: 0, waiting: 0 };
  }

  watchSlow(slowMs: number, onSlow: OnSlow): () => void {
    return this.#opened().watchSlow(slowMs, onSlow);
  }

  async close(): Promise<void> {
    await this.#target?.close();
  }

  #opened(): Database {
    if (this.#target) return this.#target;
    throw new AppError('database_unavailable', { detail: 'the database is still being opened' });
  }
}
