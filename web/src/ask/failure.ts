import { ApiError } from '../api.ts';
import type { Assistant } from './client.ts';
import type { AskTexts } from './texts.ts';

export interface FailureText {
  text: string;
  /** Whether the same question may be answered when it is asked again. */
  mayRetry: boolean;
}

/** What a person is told of a question that was not answered; never what went wrong inside. */
export function failureText(
  error: unknown,
  texts: AskTexts,
  { question, hasBegun }: Pick<Assistant, 'question'> & { hasBegun: boolean },
): FailureText {
  if (hasBegun) return { text: texts.cut, mayRetry: true };
  if (!(error instanceof ApiError)) return { text: texts.failed, mayRetry: false };
  const wait = texts.wait(error.retryAfter);
  if (error.code === 'question_rejected')
    return { text: texts.length(question.min, question.max), mayRetry: false };
  if (error.code === 'ask_budget_spent') return { text: texts.spent, mayRetry: false };
  if (error.code === 'ask_misconfigured' || error.code === 'ask_not_configured')
    return { text: texts.misconfigured, mayRetry: false };
  if (error.status === 429) return { text: texts.slower(wait), mayRetry: true };
  if (error.status === 503) return { text: texts.busy(wait), mayRetry: true };
  return error.status === 0
    ? { text: texts.unreachable, mayRetry: true }
    : { text: texts.failed, mayRetry: false };
}
