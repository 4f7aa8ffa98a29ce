import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlFile } from '../db/files.ts';
import { sql, type Sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';

export const CHANNEL = 'chorograph_generation';

/** A tracked relation's number, and when its data changed (ISO 8601, UTC). */
export type Stamp = Readonly<Record<string, readonly [generation: number, changedAt: string]>>;

interface Notice {
  relation: string;
  generation: number;
  changedAt: string;
  /** Milliseconds since 1970 at which the transaction raised it. */
  bumpedAt: number;
}

/** What relations were at when a stamp was read. */
export interface Moment {
  of(relation: string): string;
  changedAt(relation: string): string | undefined;
}

type ChangeHandler = (relation: string, token: string) => void;

/** What the token of a relation is about to be. */
export interface News {
  readonly relation: string;
  readonly token: string;
}

/** Makes ready what will be asked for; undefined where there is nothing to make. */
type Preparer = (news: News) => Promise<unknown> | undefined;

/** New data waits this long (ms) for what is made of it, so that it is there when everybody asks for it. */
const PREPARING_MS = 150;

const UTC = sql`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/**
 * The generation of every relation, as a short token that differs whenever its data does.
 *
 * A tracked relation (`chorograph.track()`, or a refresh of ours) has a number that grows in the very
 * transaction that changed it, heard of by NOTIFY: read the token before the data, and no cache can
 * hold old bytes under a new token. Data that is newer than its token is found by its `stamp()`, read
 * in the same statement. Any other relation is watched through PostgreSQL's counters, at the poll
 * interval. A view's token is made of those of the tables that it reads.
 */
export class Generations {
  #tokens: ReadonlyMap<string, string> = new Map();
  #changedAt: ReadonlyMap<string, string> = new Map();
  #sources: ReadonlyMap<string, readonly string[]> = new Map();
  readonly #handlers = new Set<ChangeHandler>();
  readonly #preparers = new Set<Preparer>();
  readonly #preparing = new Map<string, Promise<void>>();
  #polling: Promise<void> | undefined;
  /** What came while a poll was reading: newer than the poll may know. */
  #overtaken: Map<string, [number, string]> | undefined;
  readonly #db: Database;
  readonly #observe: Observe;
  #tracking = false;
  #version = 0;

  constructor(db: Database, observe: Observe) {
    this.#db = db;
    this.#observe = observe;
  }

  /** Grows whenever any token may have changed. */
  get version(): number {
    return this.#version;
  }

  /** The token of `schema.name`; `0` for what is not known (a function, a table made just now). */
  of(relation: string): string {
    return this.#tokenWith(relation, {});
  }

  /** When a tracked relation last changed (ISO 8601, UTC); undefined for one that is not tracked. */
  changedAt(relation: string): string | undefined {
    return this.#changedAt.get(relation);
  }

  /** True where schema `chorograph` exists, so that refreshes can be recorded. */
  get tracking(): boolean {
    return this.#tracking;
  }

  /** From now on schema `chorograph` is known to exist; a role that may not create it does without. */
  enableTracking(): void {
    this.#tracking = true;
  }

  /** Called after a relation's token changed, until the returned stopper is called. */
  onChange(handler: ChangeHandler): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /**
   * Called with a change that a notification told, before anything else is told of it. Data that a preparer
   * reads may be newer than the tokens here say: `settle` without learning.
   */
  beforeChange(preparer: Preparer): void {
    this.#preparers.add(preparer);
  }

  /**
   * An SQL expression of what the relations are at, to be selected beside their data: one statement
   * sees one moment, so it says exactly what the data is. Hand its value to `settle()`.
   */
  stamp(relations: readonly string[]): Sql {
    if (!this.#tracking) return sql`null::json`;
    const names = relations.flatMap((relation) => [relation, ...(this.#sources.get(relation) ?? [])]);
    return sql`(select json_object_agg(relation, json_build_array(generation,
        to_char(changed_at at time zone 'UTC', ${UTC})))
      from chorograph.generation where relation = any(${names}::text[]))`;
  }

  /**
   * Takes in what a stamp tells that no notification has told yet, and returns the tokens of its moment.
   * `isAhead` leaves them unknown: somebody is preparing for them.
   */
  settle(stamp: Stamp | null | undefined, { isAhead = false }: { isAhead?: boolean } = {}): Moment {
    const seen = stamp ?? {};
    if (!isAhead) this.#learnAll(seen);
    return {
      of: (relation) => this.#tokenWith(relation, seen),
      changedAt: (relation) => seen[relation]?.[1] ?? this.#changedAt.get(relation),
    };
  }

  #learnAll(seen: Stamp): void {
    for (const [relation, [generation, changedAt]] of Object.entries(seen)) {
      this.#learn(relation, generation, changedAt);
    }
  }

  /**
   * Asks what the relations are at. For an answer that takes several queries `db` is the transaction (a
   * snapshot) in which they all run; see `stamp()`.
   */
  async moment(
    relations: readonly string[],
    db: Queryable = this.#db,
    options: { isAhead?: boolean } = {},
  ): Promise<Moment> {
    if (!this.#tracking) return this.settle(null);
    const [row] = await db.run<{ stamp: Stamp | null }>(sql`select ${this.stamp(relations)} as stamp`);
    return this.settle(row?.stamp, options);
  }

  /** Knows, when it is done, what the relations were at when it was called: prepared for as if it had been told. */
  async catchUp(relations: readonly string[]): Promise<void> {
    if (!this.#tracking) return;
    const [row] = await this.#db.run<{ stamp: Stamp | null }>(sql`select ${this.stamp(relations)} as stamp`);
    await Promise.all(
      Object.entries(row?.stamp ?? {}).map(([relation, [generation, changedAt]]) =>
        this.#heard({ relation, generation, changedAt }),
      ),
    );
  }

  /** Reads all tokens; concurrent callers share one read. */
  poll(): Promise<void> {
    this.#polling ??= this.#read().finally(() => (this.#polling = undefined));
    return this.#polling;
  }

  /** Takes the news that `chorograph.bump()` sent. A payload that is not ours is ignored. */
  notified(payload: string): void {
    const news = parsePayload(payload);
    if (!news) return;
    void this.#heard(news);
  }

  /** Prepares for a change, then tells it. */
  #heard({
    relation,
    generation,
    changedAt,
    bumpedAt,
  }: Partial<Notice> & Omit<Notice, 'bumpedAt'>): Promise<void> | undefined {
    if (!isNewer(generation, this.#tokens.get(relation))) return undefined;
    const learn = (): void => {
      const lagMs = bumpedAt === undefined ? undefined : Math.max(0, Date.now() - bumpedAt);
      this.#learn(relation, generation, changedAt, lagMs);
    };
    const news: News = { relation, token: token(generation) };
    const key = `${relation} ${news.token}`;
    const running = this.#preparing.get(key);
    if (running) return running;
    const work = [...this.#preparers].map((prepare) => prepare(news)).filter((each) => each !== undefined);
    if (work.length === 0) {
      learn();
      return undefined;
    }
    const preparing = patiently(work).then(() => {
      this.#preparing.delete(key);
      learn();
    });
    this.#preparing.set(key, preparing);
    return preparing;
  }

  #tokenWith(relation: string, stamp: Stamp): string {
    const known = (name: string): string | undefined => {
      const stamped = stamp[name];
      return stamped ? token(stamped[0]) : this.#tokens.get(name);
    };
    const own = known(relation);
    if (own !== undefined) return own;
    const sources = this.#sources.get(relation);
    if (!sources || sources.some((source) => known(source) === undefined)) return '0';
    return short(sources.map((source) => `${source}=${known(source)}`).join());
  }

  #learn(relation: string, generation: number, changedAt: string, lagMs?: number): void {
    if (!isNewer(generation, this.#tokens.get(relation))) return;
    this.#overtaken?.set(relation, [generation, changedAt]);
    this.#changedAt = new Map([...this.#changedAt, [relation, changedAt]]);
    this.#apply(new Map([...this.#tokens, [relation, token(generation)]]), lagMs);
  }

  async #read(): Promise<void> {
    const overtaken = (this.#overtaken = new Map<string, [number, string]>());
    const counted = await this.#db.run<{ relation: string; counted: string }>(
      sqlFile('catalog/versions.sql'),
    );
    const tracked = this.#tracking
      ? await this.#db.run<Omit<Notice, 'bumpedAt'>>(sql`
          select relation, generation,
            to_char(changed_at at time zone 'UTC', ${UTC}) as "changedAt"
          from chorograph.generation`)
      : [];
    const reads = await this.#db.run<{ view: string; relation: string }>(
      sql`select view_schema || '.' || view_name as view, schema || '.' || name as relation
        from (${sqlFragment('catalog/dependencies.sql')}) d where view_kind = 'v' order by 1, 2`,
    );
    const sources = new Map<string, string[]>();
    for (const { view, relation } of reads) sources.set(view, [...(sources.get(view) ?? []), relation]);
    if (!sameEntries(this.#sources, sources)) this.#version++;
    this.#sources = sources;
    const state = new Map(
      tracked.map((row): [string, [number, string]] => [row.relation, [row.generation, row.changedAt]]),
    );
    // A notification may have overtaken this read; otherwise the table is right, whatever we knew.
    for (const [relation, news] of overtaken) {
      if ((state.get(relation)?.[0] ?? 0) < news[0]) state.set(relation, news);
    }
    this.#overtaken = undefined;
    this.#changedAt = new Map([...state].map(([relation, [, changedAt]]) => [relation, changedAt]));
    this.#apply(
      new Map([
        ...counted.map((row): [string, string] => [row.relation, `s${short(row.counted)}`]),
        ...[...state].map(([relation, [generation]]): [string, string] => [relation, token(generation)]),
      ]),
    );
  }

  #apply(next: ReadonlyMap<string, string>, lagMs?: number): void {
    const previous = this.#tokens;
    this.#tokens = next;
    if (!sameEntries(previous, next)) this.#version++;
    if (previous.size === 0) return;
    const changed = [...next].filter(([relation, value]) => previous.get(relation) !== value);
    for (const [relation, value] of changed) {
      const lag = lagMs === undefined ? {} : { lagMs };
      this.#observe({ type: 'generation.changed', relation, generation: value, ...lag });
      for (const handler of this.#handlers) handler(relation, value);
    }
  }
}

function isNewer(generation: number, known: string | undefined): boolean {
  const current = trackedNumber(known);
  return current === undefined || current < generation;
}

/** Resolves when all has ended, well or not, or `PREPARING_MS` have passed. */
async function patiently(work: readonly Promise<unknown>[]): Promise<void> {
  const over = new AbortController();
  const limit = sleep(PREPARING_MS, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.allSettled(work), limit]);
  over.abort();
}

/** Whether two maps of texts, or of lists of texts, hold the same. */
function sameEntries(
  one: ReadonlyMap<string, string | readonly string[]>,
  other: ReadonlyMap<string, string | readonly string[]>,
): boolean {
  return (
    one.size === other.size && [...one].every(([name, value]) => String(other.get(name)) === String(value))
  );
}

function token(generation: number): string {
  return `g${generation}`;
}

/** Whether a token tells every change of the data: not where none is known, nor where a moment stands in for it. */
export function isVersioned(value: string): boolean {
  return /^[^0~]/.test(value);
}

/** The number of a tracked relation's token. */
export function trackedNumber(value: string | undefined): number | undefined {
  return value?.startsWith('g') ? Number(value.slice(1)) : undefined;
}

function parsePayload(payload: string): Notice | undefined {
  try {
    const { relation, generation, changedAt, bumpedAt } = JSON.parse(payload) as Partial<
      Record<keyof Notice, unknown>
    >;
    return typeof relation === 'string' &&
      typeof generation === 'number' &&
      typeof changedAt === 'string' &&
      typeof bumpedAt === 'number'
      ? { relation, generation, changedAt, bumpedAt }
      : undefined;
  } catch {
    return undefined;
  }
}

function short(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 10);
}

/** A file's query for use inside another: without the semicolon that ends it. */
function sqlFragment(path: string) {
  const { text } = sqlFile(path);
  return sql([text.trimEnd().replace(/;$/, '')] as unknown as TemplateStringsArray);
}
