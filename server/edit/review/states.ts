import { AppError } from '../../errors.ts';
import type { Scope } from '../../security/public.ts';
import { fault, invalid } from '../request/fault.ts';

/** What a feature is at. The public sees what is approved. */
export const STATES = ['draft', 'submitted', 'approved', 'rejected', 'archived'] as const;
export type State = (typeof STATES)[number];

/** Which scope brings a feature to each state. */
export type By = Readonly<Record<State, Scope>>;
export const BY: By = {
  draft: 'edit',
  submitted: 'edit',
  approved: 'review',
  rejected: 'review',
  archived: 'review',
};

export interface Review {
  /** Of the table: the state of each row. */
  readonly column: string;
  readonly by: By;
}

/** From each state those that may follow, and whose scope that takes: what was approved goes back by who approves. */
const NEXT: Readonly<Record<State, Readonly<Partial<Record<State, State>>>>> = {
  draft: { submitted: 'submitted' },
  submitted: { draft: 'draft', approved: 'approved', rejected: 'rejected' },
  approved: { archived: 'archived', draft: 'approved' },
  rejected: { draft: 'draft', submitted: 'submitted' },
  archived: { draft: 'approved' },
};
/** What is in these is still in the hands of whoever edits. */
const OPEN: readonly State[] = ['draft', 'rejected'];

/** A state as the table has it; what is none of ours is nobody's to see yet. */
export const stateOf = (text: string | null): State => STATES.find((state) => state === text) ?? 'draft';

export const holds = (scopes: readonly Scope[], scope: Scope): boolean =>
  scopes.includes('admin') || scopes.includes(scope);

export interface Step {
  readonly to: State;
  readonly comment: string | undefined;
}

/** @throws AppError `review_refused` (409), `forbidden` (403), `edit_invalid` (422) where a reject says nothing */
export function checkStep(
  from: State,
  { to, comment }: Step,
  { by }: Review,
  scopes: readonly Scope[],
): void {
  const whose = NEXT[from][to];
  if (whose === undefined) {
    const next = Object.keys(NEXT[from]);
    throw new AppError('review_refused', {
      detail: `what is ${from} can become ${next.join(', ')}`,
      state: from,
      next,
    });
  }
  if (!holds(scopes, by[whose]))
    throw new AppError('forbidden', { detail: `this key lacks the scope ${by[whose]}` });
  if (to === 'rejected' && (comment === undefined || comment.trim() === ''))
    throw invalid([fault('comment', comment, 'given: why it is rejected')]);
}

/**
 * What is approved, or waits to be, is changed by who may approve it.
 * @throws AppError `review_refused` (409)
 */
export function checkWrite(from: State, { by }: Review, scopes: readonly Scope[]): void {
  if (OPEN.includes(from) || holds(scopes, by.approved)) return;
  throw new AppError('review_refused', {
    detail: `what is ${from} is changed with the scope ${by.approved}, or when it is a draft again`,
    state: from,
  });
}
