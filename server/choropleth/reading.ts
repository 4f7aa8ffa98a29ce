import type { Roles } from '../access/public.ts';
import type { RowFaults } from '../catalog/faults.ts';
import type { Database } from '../db/types.ts';
import type { Sight } from '../sight/sight.ts';
import { Answers, type AnswersContext } from './answer.ts';
import { Gaps } from './gaps/gaps.ts';

export interface ReadingContext extends AnswersContext {
  /** How figures and regions are read that each role sees others of. */
  readonly roles: Pick<Roles, 'reading'>;
  /** Rows that make a filter's query fail are left out, as everywhere. */
  readonly faults: RowFaults;
}

/** What the forms of a choropleth are made with. */
export interface Reading {
  readonly ctx: ReadingContext;
  readonly answers: Answers;
}

/** The server's own answers, and those of each role: nothing that one read is in what another is told. */
export class Readings {
  readonly #own: Reading;
  /** By the database as the role sees it. */
  readonly #ofRoles = new WeakMap<Database, Reading>();

  constructor(ctx: ReadingContext) {
    this.#own = { ctx, answers: new Answers(ctx) };
  }

  /** @throws AppError as `Choropleths.get` */
  of(id: string, sight: Sight): Reading {
    const { ctx } = this.#own;
    const { access } = ctx.choropleths.get(id, sight.ofRows);
    const as = ctx.roles.reading(ctx, access, sight);
    return as === ctx ? this.#own : (this.#ofRoles.get(as.db) ?? this.#readingAs(as));
  }

  #readingAs(as: ReadingContext): Reading {
    const { db, generations, choropleths } = as;
    const ctx = { ...as, gaps: new Gaps({ db, generations, choropleths }) };
    const reading = { ctx, answers: new Answers(ctx) };
    this.#ofRoles.set(db, reading);
    return reading;
  }
}
