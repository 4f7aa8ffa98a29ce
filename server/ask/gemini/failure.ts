import { AnswerTooLarge } from './fetch.ts';
import { withoutKeys } from './redact.ts';
import { UpstreamFailure, type FailureKind } from './types.ts';

const MOST_WORDS = 300;

/** What went wrong, whatever was thrown; its words have no key in them. */
export function upstreamFailure(
  thrown: unknown,
  apiKey: string | undefined,
  deadline: AbortSignal,
): UpstreamFailure {
  if (thrown instanceof UpstreamFailure) return thrown;
  const error = thrown as { status?: unknown; message?: unknown; cause?: unknown; name?: unknown };
  const message = withoutKeys(String(error.message ?? thrown), apiKey).slice(0, MOST_WORDS);
  if (deadline.aborted) {
    const isTimeout = (deadline.reason as { name?: string } | undefined)?.name === 'TimeoutError';
    return new UpstreamFailure(
      isTimeout ? 'timeout' : 'cancelled',
      isTimeout ? 'no answer in time' : 'given up',
    );
  }
  const status = typeof error.status === 'number' ? error.status : undefined;
  if (status !== undefined) {
    return new UpstreamFailure(kindOf(status, message), `${status}: ${message}`, {
      retryMs: retryDelay(String(error.message)),
    });
  }
  if (thrown instanceof AnswerTooLarge || error.cause instanceof AnswerTooLarge) {
    return new UpstreamFailure('garbled', 'the answer is too large');
  }
  // What cannot be read, and what was cut in the middle of an event.
  const isUnreadable = thrown instanceof SyntaxError || /JSON|parsing stream chunk/i.test(message);
  return new UpstreamFailure(isUnreadable ? 'garbled' : 'unavailable', message);
}

function kindOf(status: number, message: string): FailureKind {
  if (status === 401 || status === 403 || status === 404) return 'config';
  if (status === 400) return /api[ _]?key/i.test(message) ? 'config' : 'request';
  if (status === 429) return 'busy';
  return status >= 500 ? 'unavailable' : 'request';
}

/** `"retryDelay": "7s"` of a RetryInfo. */
function retryDelay(message: string): number | undefined {
  const [, seconds] = /"retryDelay"\s*:\s*"([\d.]+)s"/.exec(message.replaceAll('\\"', '"')) ?? [];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}
