import { randomUUID } from 'node:crypto';
import type { AskEvent } from '../events.ts';
import type { ModelList } from '../gemini/models.ts';
import { addUsage, NO_USAGE, type Usage } from '../gemini/types.ts';
import type { AskStatus, Entry, LayerVerdict } from '../log/log.ts';
import type { Language } from '../policy/schema.ts';
import type { AskAnswer, Question } from '../types.ts';

/** What becomes of one question, layer by layer: what is written down of it in the end. */
export class Track {
  readonly started = performance.now();
  /** Time of it that was spent waiting: for a turn, and for the model. */
  waitedMs = 0;
  usage: Usage = NO_USAGE;
  micros = 0;
  topic: string | undefined;
  language: Language;
  readonly #id = randomUUID();
  readonly #at = new Date();
  readonly #models: ModelList;
  readonly #verdicts: LayerVerdict[] = [];

  constructor(models: ModelList, language: Language) {
    this.#models = models;
    this.language = language;
  }

  note(layer: string, verdict: string, because?: string): void {
    const ms = Math.round(performance.now() - this.started);
    this.#verdicts.push({ layer, verdict, ms, ...(because ? { because } : {}) });
  }

  spend(model: string, usage: Usage): void {
    this.usage = addUsage(this.usage, usage);
    this.micros += this.#models.cost(model, usage);
  }

  /** For the log. `reason` of a failure is the code of its error. */
  entry(
    { text, requestId, asker }: Question,
    { status, reason, answer, policy }: Ended & { policy: string },
  ): Entry {
    return {
      id: this.#id,
      at: this.#at,
      requestId,
      question: text,
      answer: answer?.answer,
      model: answer?.model,
      status,
      error: status === 'failed' ? reason : undefined,
      ms: performance.now() - this.started,
      address: asker.addressHash,
      language: this.language,
      topic: this.topic,
      reason,
      verdicts: this.#verdicts,
      usage: this.usage,
      micros: this.micros,
      policy,
      cached: answer?.cached ?? false,
      keyId: asker.keyId,
    };
  }

  event({ requestId }: Question, { status, reason, answer }: Ended): AskEvent {
    return {
      type: 'ask.answered',
      requestId,
      outcome: status,
      reason,
      topic: this.topic,
      cached: answer?.cached ?? false,
      ms: performance.now() - this.started,
      waitedMs: this.waitedMs,
      inputTokens: this.usage.input,
      outputTokens: this.usage.output,
      micros: this.micros,
    };
  }
}

export interface Ended {
  readonly status: AskStatus;
  readonly reason: string | undefined;
  readonly answer?: AskAnswer;
}
