import { empty, ident, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Usage } from '../gemini/types.ts';
import { withoutPersonalData } from './redact.ts';

/** What one layer decided. */
export interface LayerVerdict {
  readonly layer: string;
  readonly verdict: string;
  readonly because?: string;
  readonly ms?: number;
}

export type AskStatus = 'answered' | 'refused' | 'failed';

export interface Entry {
  readonly id: string;
  readonly requestId: string;
  readonly question: string;
  readonly answer: string | undefined;
  readonly model: string | undefined;
  readonly status: AskStatus;
  /** Code of an error. */
  readonly error: string | undefined;
  readonly ms: number;
  readonly address: string | undefined;
  readonly language: string;
  readonly topic: string | undefined;
  readonly reason: string | undefined;
  readonly verdicts: readonly LayerVerdict[];
  readonly usage: Usage;
  readonly micros: number;
  readonly policy: string;
  readonly cached: boolean;
  readonly keyId: string | undefined;
  readonly at: Date;
}

/** Writes that wait; more are dropped, and told of. */
const MOST_WAITING = 1_000;

/** Writes behind the answers: nobody waits for the log. */
export class AskLog {
  readonly #db: Queryable;
  readonly #onError: (error: unknown, dropped: number) => void;
  /** Whether the table of the system before this one is written too. */
  #alsoPublic = false;
  #isOpen = false;
  #waiting: Entry[] = [];
  #writing: Promise<void> | undefined;

  constructor(db: Queryable, onError: (error: unknown, dropped: number) => void) {
    this.#db = db;
    this.#onError = onError;
  }

  /** From here on there is a table to write to. */
  async open(): Promise<void> {
    this.#alsoPublic = await hasPublicTable(this.#db);
    this.#isOpen = true;
  }

  get adoptsPublic(): boolean {
    return this.#alsoPublic;
  }

  add(entry: Entry): void {
    if (!this.#isOpen) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#onError(new Error('too many entries wait to be written'), 1);
      return;
    }
    this.#waiting.push(entry);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Resolves when all that was added is written. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Removes what is older; how many entries that were. */
  async prune(keepDays: number): Promise<number> {
    if (!this.#isOpen) return 0;
    const gone = await this.#db.run<{ id: string }>(sql`
      delete from chorograph.gemini_ask_log where created_at < now() - make_interval(days => ${keepDays}) returning id`);
    if (this.#alsoPublic && gone.length > 0)
      await this.#db.run(
        sql`delete from public.gemini_ask_log where id::text = any (${gone.map(({ id }) => id)}::text[])`,
      );
    await this.#db.run(
      sql`delete from chorograph.gemini_budget where day < current_date - ${keepDays}::integer`,
    );
    return gone.length;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting.splice(0, 100);
      for (const entry of entries) {
        const row = rowOf(entry);
        try {
          await this.#db.run(insertInto(['chorograph', 'gemini_ask_log'], row));
          if (this.#alsoPublic) await this.#db.run(insertInto(['public', 'gemini_ask_log'], oldColumns(row)));
        } catch (error) {
          this.#onError(error, 1);
        }
      }
    }
  }
}

type Row = Readonly<Record<string, unknown>>;

const OLD_COLUMNS = [
  'id',
  'question',
  'answer',
  'model',
  'tokens_used',
  'status',
  'error_message',
  'response_time_ms',
  'user_ip',
  'created_at',
];

function rowOf({ usage, ...entry }: Entry): Row {
  return {
    id: entry.id,
    question: withoutPersonalData(entry.question),
    answer: entry.answer === undefined ? null : withoutPersonalData(entry.answer),
    model: entry.model ?? null,
    tokens_used: usage.input + usage.output,
    status: entry.status,
    error_message: entry.error ?? null,
    response_time_ms: Math.round(entry.ms),
    user_ip: entry.address ?? null,
    created_at: entry.at.toISOString(),
    request_id: entry.requestId,
    language: entry.language,
    topic: entry.topic ?? null,
    reason: entry.reason ?? null,
    verdicts: JSON.stringify(entry.verdicts),
    input_tokens: usage.input,
    cached_tokens: usage.cached,
    output_tokens: usage.output,
    cost_micros: entry.micros,
    policy: entry.policy,
    cached: entry.cached,
    key_id: entry.keyId ?? null,
  };
}

const oldColumns = (row: Row): Row => Object.fromEntries(OLD_COLUMNS.map((name) => [name, row[name]]));

function insertInto(table: [string, string], row: Row): Sql {
  const list = (parts: readonly Sql[]): Sql =>
    parts.reduce((all, part, i) => (i === 0 ? part : sql`${all}, ${part}`), empty);
  const names = Object.keys(row).map((name) => ident(name));
  return sql`insert into ${ident(...table)} (${list(names)}) values (${list(Object.values(row).map((value) => sql`${value}`))})`;
}

/** A table of the system before this one that has its columns, in types that take ours, and that may be written. */
async function hasPublicTable(db: Queryable): Promise<boolean> {
  const [row] = await db.run<{ usable: boolean }>(sql`
    select count(*) = ${OLD_COLUMNS.length} and bool_and(
        (a.attname <> 'user_ip' or t.typcategory = 'S') and (a.attname <> 'id' or t.typname in ('uuid', 'text', 'varchar'))
      ) as usable
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass('public.gemini_ask_log') and a.attname = any (${OLD_COLUMNS}::text[])
      and has_table_privilege(a.attrelid, 'insert, delete')`);
  return row?.usable ?? false;
}
