import type { Observe } from '../../observe/events.ts';
import { withDeadline } from '../../tools/deadline.ts';
import type { AskEvent } from '../events.ts';
import { UpstreamFailure } from './types.ts';

const EVERY_MS = 3_600_000;
const PATIENCE_MS = 10_000;

interface WatchOptions {
  readonly names: readonly string[];
  readonly exists: (model: string, signal: AbortSignal) => Promise<boolean>;
  readonly warning: (model: string) => string | undefined;
  readonly observe: Observe<AskEvent>;
}

/** Asks now and then whether the models that are configured are still there: they go with months of notice, and then at once. */
export class ModelWatch {
  readonly #options: WatchOptions;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #missing: string | undefined;
  #refused: string | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get isMissing(): boolean {
    return this.#missing !== undefined || this.#refused !== undefined;
  }

  get warning(): string | undefined {
    return this.#missing ?? this.#refused;
  }

  start(): void {
    void this.check();
    this.#timer = setInterval(() => void this.check(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopped.abort();
  }

  async check(): Promise<void> {
    const { names, exists, warning, observe } = this.#options;
    let missing: string | undefined;
    let refused: string | undefined;
    for (const model of names) {
      const asked = withDeadline(this.#stopped.signal, PATIENCE_MS, (signal) => exists(model, signal));
      const found = await asked.catch((error: unknown) => {
        // Not to be reached is no news of the model.
        if (error instanceof UpstreamFailure && error.kind === 'config') refused = 'the API key is refused';
        return undefined;
      });
      if (this.#stopped.signal.aborted) return;
      if (found === false) missing = `there is no model ${model}`;
      observe({
        type: 'ask.model.checked',
        model,
        exists: found,
        warning: missing ?? refused ?? warning(model),
      });
    }
    this.#missing = missing;
    this.#refused = refused;
  }
}
