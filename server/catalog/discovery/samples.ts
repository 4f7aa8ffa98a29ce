import { setTimeout as sleep } from 'node:timers/promises';
import { ident, sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import { AppError } from '../../errors.ts';

/** A geometry column that declares no SRID. */
export interface Sampled {
  readonly schema: string;
  readonly name: string;
  readonly geometry_column: string;
  /** Differs when the relation is another, or a view is of another query. */
  readonly definition: string;
}

interface Look {
  readonly definition: string;
  readonly srids: readonly number[];
  readonly tookMs: number;
  readonly at: number;
}

/** Geometries looked at for their SRID. */
const ROWS = 10_000;
/** A view that takes longer than this to show some rows is taken to have no SRID of its own. */
const TIMEOUT_MS = 3_000;
/** A start waits so long for all looks together; what is not known then is told when it is. */
const PATIENCE_MS = 1_000;
/** What a look found may become another by new rows alone: it is looked again, for this share of the time at most. */
const REST_FACTOR = 100;
const LEAST_REST_MS = 60_000;
/** Looks that end together are one piece of news. */
const GATHER_MS = 100;

/**
 * The SRIDs that the first geometries of columns carry, 0 for none: many views and old tables declare none.
 * Several are looked at at once, slow ones in the background, and what was found is remembered for as long
 * as the definition is the same.
 */
export class Samples {
  readonly #db: Database;
  readonly #parallel: number;
  readonly #onNews: () => void;
  readonly #known = new Map<string, Look>();
  readonly #running = new Map<string, Promise<void>>();
  #waiting: { key: string; column: Sampled }[] = [];
  #news: NodeJS.Timeout | undefined;
  #error: unknown;

  /** `onNews` is called when a look that nobody waited for has found something new. */
  constructor(db: Database, parallel: number, onNews: () => void) {
    this.#db = db;
    // One session does one thing at a time.
    this.#parallel = db.kind === 'embedded' ? 1 : parallel;
    this.#onNews = onNews;
  }

  /** What is known of a column; undefined while it is being looked at. */
  of(column: Sampled): readonly number[] | undefined {
    const look = this.#known.get(keyOf(column));
    return look?.definition === column.definition ? look.srids : undefined;
  }

  /**
   * Looks at those that are not known, and waits for them a while.
   * @throws AppError where the database is not there
   */
  async look(columns: readonly Sampled[]): Promise<void> {
    this.#error = undefined;
    const wanted = columns.filter((column) => this.#isDue(column));
    const unknown = wanted.filter((column) => this.of(column) === undefined);
    for (const column of [...unknown, ...wanted.filter((one) => !unknown.includes(one))]) this.#queue(column);
    if (unknown.length > 0) {
      const enough = new AbortController();
      const patience = sleep(PATIENCE_MS, undefined, { signal: enough.signal }).catch(() => {});
      await Promise.race([this.#allKnown(unknown), patience]);
      enough.abort();
    }
    if (this.#error) throw this.#error as Error;
  }

  async #allKnown(columns: readonly Sampled[]): Promise<void> {
    while (!this.#error && columns.some((column) => this.of(column) === undefined)) {
      const running = [...this.#running.values()];
      if (running.length === 0) return;
      await Promise.race(running);
    }
  }

  #isDue(column: Sampled): boolean {
    const look = this.#known.get(keyOf(column));
    if (look?.definition !== column.definition) return true;
    return performance.now() - look.at > Math.max(LEAST_REST_MS, REST_FACTOR * look.tookMs);
  }

  #queue(column: Sampled): void {
    const key = keyOf(column);
    if (this.#running.has(key)) return;
    this.#waiting = [...this.#waiting.filter((other) => other.key !== key), { key, column }];
    this.#next();
  }

  #next(): void {
    while (this.#running.size < this.#parallel) {
      const next = this.#waiting.shift();
      if (!next) return;
      const looking = this.#lookAt(next.column).finally(() => {
        this.#running.delete(next.key);
        this.#next();
      });
      this.#running.set(next.key, looking);
    }
  }

  async #lookAt(column: Sampled): Promise<void> {
    const started = performance.now();
    const before = this.of(column);
    try {
      const srids = await readSrids(this.#db, column);
      const at = performance.now();
      this.#known.set(keyOf(column), { definition: column.definition, srids, tookMs: at - started, at });
      if (String(before) !== String(srids)) this.#tell();
    } catch (error) {
      this.#error = error; // the database is away: it is looked again when the catalogue is read again
    }
  }

  #tell(): void {
    this.#news ??= setTimeout(() => {
      this.#news = undefined;
      this.#onNews();
    }, GATHER_MS);
    this.#news.unref();
  }
}

async function readSrids(db: Database, column: Sampled): Promise<number[]> {
  const geometry = ident(column.geometry_column);
  const query = sql`select distinct st_srid(g) as srid
    from (select ${geometry} as g from ${ident(column.schema, column.name)}
      where ${geometry} is not null limit ${ROWS}) sample
    order by 1`;
  try {
    // Cancelled, not given up: PostgreSQL would go on. The embedded database can do neither.
    const signal = db.hasMvt ? AbortSignal.timeout(TIMEOUT_MS) : undefined;
    const rows = await db.run<{ srid: number }>(query, { readOnly: true, signal });
    return rows.map(({ srid }) => srid);
  } catch (error) {
    if (error instanceof AppError && error.status === 503) throw error;
    return []; // a view that fails will say so when it is asked for tiles
  }
}

function keyOf({ schema, name, geometry_column }: Sampled): string {
  return JSON.stringify([schema, name, geometry_column]);
}
