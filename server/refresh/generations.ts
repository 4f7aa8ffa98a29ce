import { createHash } from 'node:crypto';
import { sqlFile } from '../db/files.ts';
import { sql } from '../db/sql.ts';
import type { Database } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';

export const CHANNEL = 'chorograph_generation';

interface TrackedRow {
  relation: string;
  generation: number;
  changed_at: string;
}

/**
 * The generation of every relation, as a short token that differs whenever its data does.
 *
 * A tracked relation (`chorograph.track()`, or a refresh of ours) has a number that grows in the very
 * transaction that changed it, heard of by NOTIFY: read the token before the data, and no cache can
 * hold old bytes under a new token. Any other relation is watched through PostgreSQL's counters, at
 * the poll interval. A view's token is made of those of the tables that it reads.
 */
export class Generations {
  #tokens: ReadonlyMap<string, string> = new Map();
  #changedAt: ReadonlyMap<string, string> = new Map();
  #sources: ReadonlyMap<string, readonly string[]> = new Map();
  #handlers: ((relation: string, token: string) => void)[] = [];
  #polling: Promise<void> | undefined;
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
    const own = this.#tokens.get(relation);
    if (own !== undefined) return own;
    const sources = this.#sources.get(relation);
    if (!sources) return '0';
    return short(sources.map((source) => `${source}=${this.#tokens.get(source) ?? ''}`).join());
  }

  /** When a tracked relation last changed (ISO 8601, UTC); undefined for one that is not tracked. */
  changedAt(relation: string): string | undefined {
    return this.#changedAt.get(relation);
  }

  /** From now on schema `chorograph` is known to exist; a role that may not create it does without. */
  enableTracking(): void {
    this.#tracking = true;
  }

  /** Called after a relation's token changed. */
  onChange(handler: (relation: string, token: string) => void): void {
    this.#handlers.push(handler);
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
    const current = trackedNumber(this.#tokens.get(news.relation));
    if (current !== undefined && current >= news.generation) return;
    this.#changedAt = new Map([...this.#changedAt, [news.relation, new Date().toISOString()]]);
    this.#apply(new Map([...this.#tokens, [news.relation, token(news.generation)]]));
  }

  async #read(): Promise<void> {
    const counted = await this.#db.run<{ relation: string; counted: string }>(
      sqlFile('catalog/versions.sql'),
    );
    const tracked = this.#tracking
      ? await this.#db.run<TrackedRow>(sql`
          select relation, generation,
            to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as changed_at
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
    const next = new Map(counted.map((row): [string, string] => [row.relation, `s${short(row.counted)}`]));
    for (const { relation, generation } of tracked) {
      // A notification may have overtaken this read.
      next.set(relation, token(Math.max(generation, trackedNumber(this.#tokens.get(relation)) ?? 0)));
    }
    this.#changedAt = new Map(tracked.map((row) => [row.relation, row.changed_at]));
    this.#apply(next);
  }

  #apply(next: ReadonlyMap<string, string>): void {
    const previous = this.#tokens;
    this.#tokens = next;
    if (!sameEntries(previous, next)) this.#version++;
    if (previous.size === 0) return;
    const changed = [...next].filter(([relation, value]) => previous.get(relation) !== value);
    for (const [relation, value] of changed) {
      this.#observe({ type: 'generation.changed', relation, generation: value });
      for (const handler of this.#handlers) handler(relation, value);
    }
  }
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

/** The number of a tracked relation's token. */
export function trackedNumber(value: string | undefined): number | undefined {
  return value?.startsWith('g') ? Number(value.slice(1)) : undefined;
}

function parsePayload(payload: string): { relation: string; generation: number } | undefined {
  try {
    const { relation, generation } = JSON.parse(payload) as { relation?: unknown; generation?: unknown };
    return typeof relation === 'string' && typeof generation === 'number'
      ? { relation, generation }
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
