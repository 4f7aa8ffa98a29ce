import { ApiError } from './api.ts';
import type { Notice, NoticeAction } from './notice.ts';
import { TEXTS } from './texts.ts';
import { untilAnswered } from './waiting.ts';

/** What somebody may do where loading failed. */
export interface WaysOn {
  again(): NoticeAction;
  /** Back to what the choropleth shows by itself; undefined where there is none. */
  reset(): NoticeAction | undefined;
}

/** One piece of loading at a time, each in place of the one before it; failures are told on the page. */
export class Loading {
  readonly #notice: Notice;
  readonly #ways: WaysOn;
  #request = new AbortController();
  #isGoing = false;

  constructor(notice: Notice, ways: WaysOn) {
    this.#notice = notice;
    this.#ways = ways;
  }

  get isGoing(): boolean {
    return this.#isGoing;
  }

  /** True where the work succeeded. */
  async attempt(
    work: (signal: AbortSignal) => Promise<void>,
    { isQuiet = false }: { isQuiet?: boolean } = {},
  ): Promise<boolean> {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#isGoing = true;
    if (!isQuiet) this.#notice.loading();
    try {
      await untilAnswered(() => work(signal), this.#notice, signal);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
      return false;
    } finally {
      if (this.#request.signal === signal) this.#isGoing = false;
    }
  }

  #failed(error: unknown): void {
    const again = this.#ways.again();
    if (!(error instanceof ApiError)) {
      this.#notice.show({ title: TEXTS.failed, actions: [again] });
      throw error;
    }
    const { status, message, detail } = error;
    const reset = status > 0 && status < 500 ? this.#ways.reset() : undefined;
    if (reset) this.#notice.show({ title: message, detail, actions: [reset] });
    else this.#notice.show({ title: TEXTS.failed, detail: detail ?? message, actions: [again] });
  }
}
