/**
 * Work with a signal that fires when `signal` does, with its reason, or when the work takes longer than `ms`, with a
 * `TimeoutError`. Not `AbortSignal.any` of an `AbortSignal.timeout`: nothing but the timer knows that one, and the timer
 * does not hold it, so that it may be collected before its time, and then never fires (Node 20).
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  const isLate = (): void => controller.abort(new DOMException(`more than ${ms} ms`, 'TimeoutError'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(isLate, ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
