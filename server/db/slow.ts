import type { Sql } from './sql.ts';

/** A query that took its time. */
export interface SlowQuery {
  /** Its own, or what it does to which relation; never a value, and no text of SQL. */
  readonly name: string;
  readonly ms: number;
}

export type OnSlow = (query: SlowQuery) => void;

/** Who is told of queries that take longer than so many milliseconds. */
export class SlowQueries {
  readonly #watchers = new Set<{ readonly slowMs: number; readonly onSlow: OnSlow }>();

  /** @returns what ends it */
  watch(slowMs: number, onSlow: OnSlow): () => void {
    const watcher = { slowMs, onSlow };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  took(query: Sql, ms: number): void {
    for (const { slowMs, onSlow } of this.#watchers)
      if (ms > slowMs) onSlow({ name: queryName(query), ms: Math.round(ms) });
  }
}

/** Values that stand in the text, and comments: neither is part of a name. */
const VALUES = /\bE'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//gi;
const WORD = String.raw`(?:"(?:[^"]|"")+"|[a-z_]\w*)`;
const RELATION = new RegExp(
  String.raw`\b(?:from|join|into|update|view|table)\s+(?:(?:only|concurrently|if\s+exists|if\s+not\s+exists)\s+)*(${WORD}\.${WORD})`,
  'i',
);
const CALL = new RegExp(String.raw`(${WORD}\.${WORD})\s*\(`, 'i');
const VERB = /[a-z]+/i;

/**
 * What a query is called in a warning: the name that it is prepared by, else its verb and the first relation, or function, with
 * a schema that it names: `select public.us_counties`. Pure.
 */
export function queryName({ name, text }: Pick<Sql, 'name' | 'text'>): string {
  if (name !== undefined) return name;
  const bare = text.replaceAll(VALUES, ' ');
  const verb = VERB.exec(bare)?.[0].toLowerCase() ?? 'query';
  const subject = (RELATION.exec(bare) ?? CALL.exec(bare))?.[1];
  return subject === undefined ? verb : `${verb} ${subject.replaceAll('"', '')}`;
}
