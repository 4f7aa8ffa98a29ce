import { sql, type Sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import { movedLayouts, type MovedLayout } from './layouts.ts';
import { dataOf, parsePayload, type Notice } from './notice.ts';
import { patiently, type News, type Preparer } from './preparing.ts';
import { readWorld, type World } from './states.ts';
import { TokenBook } from './token-book.ts';
import {
  canBeTold,
  isTold,
  stateAt,
  tellsAll,
  UNKNOWN,
  type Data,
  type RelationState,
  type Stamp,
  type StampEntry,
} from './tokens.ts';

export { type News } from './preparing.ts';
export { type Stamp } from './tokens.ts';

export const CHANNEL = 'chorograph_generation';

/** What relations were at when a stamp was read. */
export interface Moment {
  of(relation: string): string;
  changedAt(relation: string): string | undefined;
}

type ChangeHandler = (relation: string, token: string) => void;

/**
 * What every relation is at, as a short token that differs whenever anything does that decides the bytes made of it:
 * which relation it is, its columns and rules, its data, and what numbers and counters were made in (`tokens.ts`).
 *
 * A tracked relation (`chorograph.track()`, or a refresh of ours) has a number that grows in the very
 * transaction that changed it, heard of by NOTIFY: read the token before the data, and no cache can
 * hold old bytes under a new token. Data that is newer than its token is found by its `stamp()`, read
 * in the same statement. Any other relation is watched through PostgreSQL's counters, at the poll
 * interval. A view's token is made of its rules and of the tokens of the tables that it reads.
 */
export class Generations {
  #book: TokenBook | undefined;
  readonly #handlers = new Set<ChangeHandler>();
  readonly #layoutHandlers = new Set<(moved: readonly MovedLayout[]) => void>();
  readonly #preparers = new Set<Preparer>();
  readonly #preparing = new Map<string, Promise<void>>();
  #polling: Promise<void> | undefined;
  #pollingAgain: Promise<void> | undefined;
  /** What came while a poll was reading: newer than the poll may know. */
  #overtaken: Map<string, Data> | undefined;
  /** What a stamp said that no poll has explained. */
  readonly #puzzling = new Map<string, string>();
  readonly #touched = new Map<string, number | undefined>();
  #isLookingUp = false;
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
    return this.#book?.of(relation) ?? UNKNOWN;
  }

  /** Whether the token of a relation is never that of other data, whatever happened while nobody looked (`tellsAll`). */
  provesData(relation: string): boolean {
    const state = this.#state(relation);
    return state !== undefined && tellsAll(state);
  }

  /** When a tracked relation last changed (ISO 8601, UTC); undefined for one that is not tracked. */
  changedAt(relation: string): string | undefined {
    return this.#state(relation)?.data?.changedAt;
  }

  /** The generation of a relation; undefined where it has none. */
  numberOf(relation: string): number | undefined {
    return this.#state(relation)?.data?.generation;
  }

  /** Relations that were tracked, and why not every change of theirs is told any more. */
  lost(): { relation: string; reason: string }[] {
    const states = [...(this.#book?.world.states.values() ?? [])];
    return states.flatMap(({ relation, lost }) => (lost === undefined ? [] : [{ relation, reason: lost }]));
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

  /** Called after a poll found relations that came or went, or have other columns, keys, rules or comments than before. */
  onLayout(handler: (moved: readonly MovedLayout[]) => void): void {
    this.#layoutHandlers.add(handler);
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
    const sources = this.#book?.world.readable
      ? relations.flatMap((relation) => this.#book?.sources(relation) ?? [])
      : [];
    if (sources.length === 0) return sql`null::json`;
    const names = sources.map(({ relation }) => relation);
    const quoted = sources.map((source) => source.quoted);
    return sql`chorograph.stamp(${names}::text[], ${quoted}::text[])`;
  }

  /**
   * Takes in what a stamp tells that no notification has told yet, and returns the tokens of its moment.
   * `isAhead` leaves them unknown: somebody is preparing for them.
   */
  settle(stamp: Stamp | null | undefined, { isAhead = false }: { isAhead?: boolean } = {}): Moment {
    const seen = stamp ?? {};
    if (!isAhead) this.#learnAll(seen);
    return {
      of: (relation) => this.#book?.at(relation, seen) ?? UNKNOWN,
      changedAt: (relation) => seen[relation]?.[4] ?? this.changedAt(relation),
    };
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
    return this.settle(await this.#readStamp(relations, db), options);
  }

  /** Knows, when it is done, what the relations were at when it was called: prepared for as if it had been told. */
  async catchUp(relations: readonly string[]): Promise<void> {
    const stamp = (await this.#readStamp(relations)) ?? {};
    const known = relations.flatMap((relation) => this.#book?.sources(relation) ?? []);
    if (known.length < relations.length) return this.pollAgain();
    await Promise.all(known.map(({ relation }) => this.#heardEntry(relation, stamp[relation])));
  }

  /** Reads all tokens; concurrent callers share one read. */
  poll(): Promise<void> {
    this.#polling ??= this.#read().finally(() => (this.#polling = undefined));
    return this.#polling;
  }

  /** As `poll()`, but begins after the call: a read that is under way may have begun before what the caller knows. */
  pollAgain(): Promise<void> {
    if (!this.#polling) return this.poll();
    this.#pollingAgain ??= this.#polling
      .catch(() => {})
      .then(() => {
        this.#pollingAgain = undefined;
        return this.poll();
      });
    return this.#pollingAgain;
  }

  /** Resolves when no poll is under way: what a stamp found and could not name has a token then, if the database answers. */
  async caughtUp(): Promise<void> {
    while (this.#pollingAgain ?? this.#polling) await (this.#pollingAgain ?? this.#polling)?.catch(() => {});
  }

  /** Takes the news of schema `chorograph`. A payload that is not ours is ignored. */
  notified(payload: string): void {
    const news = parsePayload(payload);
    if (!news) return;
    if (news.generation === undefined) void this.#lookUp(news.relation, news.bumpedAt);
    else void this.#heard(news)?.catch(() => {});
  }

  #state(relation: string): RelationState | undefined {
    return this.#book?.world.states.get(relation);
  }

  async #readStamp(relations: readonly string[], db: Queryable = this.#db): Promise<Stamp | null> {
    const stamp = this.stamp(relations);
    if (stamp.values.length === 0) return null;
    const [row] = await db.run<{ stamp: Stamp | null }>(sql`select ${stamp} as stamp`);
    return row?.stamp ?? null;
  }

  /** Transactions that changed a table say that they did; what it is at then is asked, once for many. */
  async #lookUp(relation: string, bumpedAt: number | undefined): Promise<void> {
    this.#touched.set(relation, this.#touched.get(relation) ?? bumpedAt);
    if (this.#isLookingUp) return;
    this.#isLookingUp = true;
    try {
      while (this.#touched.size > 0) {
        const touched = new Map(this.#touched);
        this.#touched.clear();
        const stamp = (await this.#readStamp([...touched.keys()])) ?? {};
        await Promise.all([...touched].map(([name, at]) => this.#heardEntry(name, stamp[name], at)));
      }
    } catch {
      // The database is away: there is a poll when it is back.
    } finally {
      this.#isLookingUp = false;
    }
  }

  async #heardEntry(relation: string, entry: StampEntry | undefined, bumpedAt?: number): Promise<void> {
    const state = this.#state(relation);
    if (!state || (entry && entry[0] !== state.identity)) return this.pollAgain();
    const [, , generation, changes, changedAt] = entry ?? [];
    if (typeof generation !== 'number') return;
    await this.#heard({ relation, generation, changes: changes ?? 0, changedAt: changedAt ?? '', bumpedAt });
  }

  /** Prepares for a change, then tells it. */
  #heard(notice: Notice): Promise<void> | undefined {
    const { relation, bumpedAt } = notice;
    const data = dataOf(notice);
    const state = this.#state(relation);
    if (!data || !state || !canBeTold(state)) return this.pollAgain();
    if (!isNewer(data, state)) return undefined;
    const learn = (): void => {
      const lagMs = bumpedAt === undefined ? undefined : Math.max(0, Date.now() - bumpedAt);
      this.#learn(relation, { data }, lagMs);
    };
    const news: News = { relation, token: this.#tokenWith(state, data) };
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

  #tokenWith({ relation, identity, counted }: RelationState, data: Data): string {
    const entry: StampEntry = [identity, counted, data.generation, data.changes, data.changedAt];
    return this.#book?.at(relation, { [relation]: entry }) ?? UNKNOWN;
  }

  #learnAll(seen: Stamp): void {
    for (const [relation, entry] of Object.entries(seen)) {
      const [, counted, generation, changes, changedAt] = entry;
      const state = this.#state(relation);
      if (!state || !stateAt(state, entry)) {
        this.#puzzle(relation, JSON.stringify(entry));
        continue;
      }
      if (generation !== null) {
        const data = { generation, changes, changedAt: changedAt ?? '' };
        if (isNewer(data, state)) this.#learn(relation, { data });
      }
      // A statement that began earlier may end later, but counters only grow.
      if (
        !isTold(state) &&
        state.counted !== null &&
        Number.parseInt(counted ?? '') > Number.parseInt(state.counted)
      )
        this.#learn(relation, { counted });
    }
  }

  /** Has the poll explain a stamp, once. */
  #puzzle(relation: string, entry: string): void {
    if (this.#puzzling.get(relation) === entry) return;
    this.#puzzling.set(relation, entry);
    this.pollAgain().catch(() => {});
  }

  #learn(relation: string, news: Partial<Pick<RelationState, 'data' | 'counted'>>, lagMs?: number): void {
    const state = this.#state(relation);
    if (!this.#book || !state || (news.data && !isNewer(news.data, state))) return;
    if (news.data) this.#overtaken?.set(relation, news.data);
    const { world } = this.#book;
    const states = new Map([...world.states, [relation, { ...state, ...news }]]);
    this.#apply({ ...world, states }, lagMs);
  }

  async #read(): Promise<void> {
    const overtaken = (this.#overtaken = new Map<string, Data>());
    const before = this.#book?.world;
    const world = await readWorld(this.#db, before).finally(() => (this.#overtaken = undefined));
    const states = new Map(world.states);
    // A notification may have overtaken this read; otherwise the table is right, whatever we knew.
    for (const [relation, data] of overtaken) {
      const state = states.get(relation);
      if (state?.data && isNewer(data, state)) states.set(relation, { ...state, data });
    }
    this.#apply({ ...world, states });
    this.#tellLost(before);
    const moved = before ? movedLayouts(before, world) : [];
    if (moved.length > 0) for (const handler of this.#layoutHandlers) handler(moved);
  }

  #tellLost(before: World | undefined): void {
    for (const { relation, reason } of this.lost()) {
      if (before?.states.get(relation)?.lost !== reason)
        this.#observe({ type: 'tracking.lost', relation, reason });
    }
  }

  #apply(world: World, lagMs?: number): void {
    const previous = this.#book;
    const next = (this.#book = new TokenBook(world, previous));
    const changed = [...next.entries()].filter(([relation, token]) => previous?.of(relation) !== token);
    const gone = [...(previous?.entries() ?? [])].some(([relation]) => !world.states.has(relation));
    if (changed.length > 0 || gone || previous?.world.structure !== world.structure) this.#version++;
    if (!previous) return;
    for (const [relation, token] of changed) {
      const lag = lagMs === undefined ? {} : { lagMs };
      this.#observe({ type: 'generation.changed', relation, generation: token, ...lag });
      for (const handler of this.#handlers) handler(relation, token);
    }
  }
}

function isNewer({ generation }: Data, { data }: RelationState): boolean {
  return data === undefined || data.generation < generation;
}
