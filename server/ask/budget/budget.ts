import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Usage } from '../gemini/types.ts';

/** What a question may cost at most, before it is asked. */
export interface Estimate {
  readonly tokens: number;
  readonly micros: number;
}

export interface Allowance {
  readonly subject: string;
  readonly tokens: number;
  readonly micros: number;
}

export interface Reservation extends Estimate {
  readonly day: string;
  readonly subjects: readonly string[];
}

export interface Spent {
  readonly requests: number;
  readonly tokens: number;
  readonly micros: number;
}

/** Keeps what was used by day, so that neither a restart nor another instance forgets it. */
export interface BudgetStore {
  /** Sets an amount aside for every allowance; the subject that has not enough left where one has not. */
  reserve(day: string, allowances: readonly Allowance[], estimate: Estimate): Promise<string | undefined>;
  settle(reservation: Reservation, usage: Usage, micros: number): Promise<void>;
  spent(day: string, subject: string): Promise<Spent>;
}

/** The day that budgets are counted by. */
export const dayOf = (now: Date): string => now.toISOString().slice(0, 10);

/** Seconds until the next day begins. */
export function untilTomorrow(now: Date): number {
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return Math.max(1, Math.ceil((tomorrow - now.getTime()) / 1000));
}

export class TableBudget implements BudgetStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async reserve(
    day: string,
    allowances: readonly Allowance[],
    { tokens, micros }: Estimate,
  ): Promise<string | undefined> {
    // Locked in one order, so that two questions never wait for each other.
    const sorted = [...allowances].sort((a, b) => (a.subject < b.subject ? -1 : 1));
    const [row] = await this.#db.run<{ refused: string | null }>(sql`
      select chorograph.reserve_gemini(${day}::date, ${sorted.map(({ subject }) => subject)}::text[],
        ${tokens}, ${micros}, ${sorted.map((each) => each.tokens)}::bigint[],
        ${sorted.map((each) => each.micros)}::bigint[]) as refused`);
    return row?.refused ?? undefined;
  }

  async settle(
    { day, subjects, tokens, micros: reserved }: Reservation,
    usage: Usage,
    micros: number,
  ): Promise<void> {
    await this.#db.run(sql`
      update chorograph.gemini_budget
      set reserved_tokens = greatest(reserved_tokens - ${tokens}::bigint, 0),
        reserved_micros = greatest(reserved_micros - ${reserved}::bigint, 0),
        input_tokens = input_tokens + ${usage.input}::bigint, cached_tokens = cached_tokens + ${usage.cached}::bigint,
        output_tokens = output_tokens + ${usage.output}::bigint, cost_micros = cost_micros + ${micros}::bigint
      where day = ${day}::date and subject = any (${[...subjects]}::text[])`);
  }

  async spent(day: string, subject: string): Promise<Spent> {
    const [row] = await this.#db.run<Spent>(sql`
      select requests::float8 as requests, (input_tokens + output_tokens + reserved_tokens)::float8 as tokens,
        (cost_micros + reserved_micros)::float8 as micros
      from chorograph.gemini_budget where day = ${day}::date and subject = ${subject}`);
    return row ?? { requests: 0, tokens: 0, micros: 0 };
  }
}

/** Where there is no table: a database that may only be read. It forgets with the process. */
export class MemoryBudget implements BudgetStore {
  readonly #days = new Map<string, Map<string, { requests: number; tokens: number; micros: number }>>();

  reserve(day: string, allowances: readonly Allowance[], estimate: Estimate): Promise<string | undefined> {
    const short = allowances.find(({ subject, tokens, micros }) => {
      const used = this.#of(day, subject);
      return used.tokens + estimate.tokens > tokens || used.micros + estimate.micros > micros;
    });
    if (short) return Promise.resolve(short.subject);
    for (const { subject } of allowances) {
      const used = this.#of(day, subject);
      used.requests++;
      used.tokens += estimate.tokens;
      used.micros += estimate.micros;
    }
    return Promise.resolve(undefined);
  }

  settle(
    { day, subjects, tokens, micros: reserved }: Reservation,
    usage: Usage,
    micros: number,
  ): Promise<void> {
    for (const subject of subjects) {
      const used = this.#of(day, subject);
      used.tokens += usage.input + usage.output - tokens;
      used.micros += micros - reserved;
    }
    return Promise.resolve();
  }

  spent(day: string, subject: string): Promise<Spent> {
    return Promise.resolve({ ...this.#of(day, subject) });
  }

  #of(day: string, subject: string): { requests: number; tokens: number; micros: number } {
    let subjects = this.#days.get(day);
    if (!subjects) {
      this.#days.clear(); // only today is asked for
      this.#days.set(day, (subjects = new Map()));
    }
    let used = subjects.get(subject);
    if (!used) subjects.set(subject, (used = { requests: 0, tokens: 0, micros: 0 }));
    return used;
  }
}
