import { fault, type Fault } from '../request/fault.ts';
import { STATES, type Step } from './states.ts';

const LONGEST = 2_000;

/** Reads what a review is told: the state, and a comment. Pure. */
export function readStep({ to, comment }: Readonly<Record<string, unknown>>): {
  readonly step: Step | undefined;
  readonly faults: readonly Fault[];
} {
  const state = STATES.find((known) => known === to);
  const isComment =
    comment === undefined ||
    (typeof comment === 'string' && comment.length <= LONGEST && !comment.includes('\0'));
  const faults = [
    ...(state ? [] : [fault('to', to, `one of ${STATES.join(', ')}`)]),
    ...(isComment ? [] : [fault('comment', comment, `a text of at most ${LONGEST} characters`)]),
  ];
  return { step: state && isComment ? { to: state, comment } : undefined, faults };
}
