import { ApiError, fetchStartupStep } from './api.ts';
import type { Notice } from './notice.ts';
import { TEXTS } from './texts.ts';

/** Between two questions whether the server has started, in ms. */
const POLL_MS = 1000;
/** The same where it does not answer at all. */
const GONE_MS = 3000;

/**
 * The answer of `work`, asked for again while the server cannot be reached, is starting or cannot answer just now.
 * @throws whatever else `work` throws, and the reason of the signal
 */
export async function untilAnswered<T>(
  work: () => Promise<T>,
  notice: Notice,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 503 && error.status !== 0)) throw error;
      if (error.status === 0) await untilReached(notice, signal);
      else if (error.code === 'starting') await untilReady(notice, signal);
      else await pauseOrButton(error, notice, signal);
    }
  }
}

async function untilReady(notice: Notice, signal: AbortSignal): Promise<void> {
  for (;;) {
    const step = await fetchStartupStep(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof SyntaxError) throw error;
      return undefined; // gone: whoever asks next finds that out
    });
    if (step === undefined) return;
    notice.show({ title: TEXTS.starting, detail: step, busy: true });
    await pause(POLL_MS, signal).done;
  }
}

/** A server that went away is followed when it comes back: it was restarted, or the reader was without a connection. */
async function untilReached(notice: Notice, signal: AbortSignal): Promise<void> {
  let end = (): void => {};
  const actions = [{ label: TEXTS.retry, run: () => end() }];
  // Told once: each time would be read out again.
  notice.show({ title: TEXTS.unreachable, detail: TEXTS.unreachableDetail, actions });
  for (;;) {
    const waiting = pause(GONE_MS, signal);
    end = waiting.end;
    await waiting.done;
    const isThere = await fetch('health/live', { signal, cache: 'no-store' }).then(
      () => true,
      () => false,
    );
    signal.throwIfAborted();
    if (isThere) return;
  }
}

function pauseOrButton({ detail, retryAfter }: ApiError, notice: Notice, signal: AbortSignal): Promise<void> {
  const { done, end } = pause(retryAfter * 1000, signal);
  notice.show({
    title: TEXTS.busy,
    detail: detail ?? TEXTS.retrying,
    busy: true,
    actions: [{ label: TEXTS.retry, run: end }],
  });
  return done;
}

export function pause(ms: number, signal: AbortSignal): { done: Promise<void>; end: () => void } {
  let end = (): void => {};
  const done = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    end = resolve;
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  return { done, end: () => end() };
}
