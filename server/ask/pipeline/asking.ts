import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { Observe } from '../../observe/events.ts';
import { withDeadline } from '../../tools/deadline.ts';
import type { BudgetStore } from '../budget/budget.ts';
import { estimate, promptTokens, reserve } from '../budget/estimate.ts';
import { Support } from '../check/support.ts';
import { classify, type Classified } from './classify.ts';
import { compose } from './compose.ts';
import type { AskEvent } from '../events.ts';
import { Gate } from './gate.ts';
import type { ModelList } from '../gemini/models.ts';
import { NO_USAGE, UpstreamFailure } from '../gemini/types.ts';
import { KeptAnswers, sameQuestion, type Kept } from './kept.ts';
import type { AskLog } from '../log/log.ts';
import { refusalText, type Policy } from '../policy/policy.ts';
import type { RefusalText } from '../policy/schema.ts';
import { answerPrompt, instructions, languageOf } from './prompt.ts';
import type { Rules, Verdict } from '../rules/decide.ts';
import { cleanText, type Cleaned } from '../rules/text.ts';
import type { Figures } from '../tools/figures.ts';
import { Track, type Ended } from './track.ts';
import type { AskAnswer, Question } from '../types.ts';
import type { Attempt, Upstream } from '../gemini/upstream.ts';

export interface AskingParts {
  readonly policy: Policy;
  readonly rules: Rules;
  readonly figures: Figures;
  /** Undefined without an API key. */
  readonly upstream: Upstream | undefined;
  readonly models: ModelList;
  readonly model: string;
  readonly classifierModel: string;
  readonly budget: () => BudgetStore;
  readonly log: AskLog;
  readonly observe: Observe<AskEvent>;
}

/** Seconds after which a model that failed may be tried again, where it did not say. */
const RETRY_S = 10;
/** A key that is refused, or a model that is gone, takes a person to mend. */
const MENDING_S = 300;

/** One question on its way. */
interface Asked {
  readonly question: Question;
  readonly cleaned: Cleaned;
  readonly track: Track;
  /** Names the answer that may be given again. */
  readonly key: string;
}

/** Answers questions: each passes the layers in turn, and what each decided is written down. */
export class Asking {
  readonly #parts: AskingParts;
  readonly #gate: Gate;
  readonly #kept: KeptAnswers;
  readonly #canary = `C-${randomBytes(9).toString('hex')}`;

  constructor(parts: AskingParts) {
    this.#parts = parts;
    const { concurrency, queue, cacheS } = parts.policy.limits;
    this.#gate = new Gate(concurrency, queue);
    this.#kept = new KeptAnswers(parts.figures, cacheS);
  }

  get load(): { working: number; waiting: number } {
    return this.#gate.load;
  }

  /**
   * @throws AppError `question_rejected` (422), `ask_not_configured`, `ask_misconfigured`, `ask_unavailable`, `ask_busy` (503),
   * `ask_budget_spent` (429)
   */
  async ask(question: Question): Promise<AskAnswer> {
    const { policy, models, log, observe } = this.#parts;
    const track = new Track(models, question.language ?? policy.languages[0] ?? 'id');
    const end = (ended: Ended): void => {
      log.add(track.entry(question, { ...ended, policy: policy.edition }));
      observe(track.event(question, ended));
    };
    try {
      const answer = await this.#layers(question, track);
      end({ status: answer.refused ? 'refused' : 'answered', reason: answer.reason ?? undefined, answer });
      return answer;
    } catch (error) {
      end({ status: 'failed', reason: error instanceof AppError ? error.code : 'internal' });
      throw error;
    }
  }

  async #layers(question: Question, track: Track): Promise<AskAnswer> {
    const { policy, rules, upstream } = this.#parts;
    // A bad question is told first: it stays one whatever the server is configured with.
    const cleaned = this.#clean(question, track);
    if (!upstream) throw new AppError('ask_not_configured', { detail: 'GEMINI_API_KEY is not set' });
    track.language = question.language ?? languageOf(cleaned.text, policy);
    const asked = { question, cleaned, track, key: this.#key(question, cleaned, track) };
    const verdict = rules.decide(cleaned);
    track.note('rules', verdict.decision, 'because' in verdict ? verdict.because : undefined);
    if (verdict.decision === 'deny') return this.#refuse(asked, verdict.reason, { topic: verdict.topic });
    if (verdict.decision === 'allow') track.topic = verdict.topic;
    const kept = this.#kept.get(asked.key);
    if (kept) return this.#again(asked, kept);
    return this.#onBudget(asked, () =>
      withDeadline(question.signal, policy.limits.deadlineMs, (signal) =>
        this.#withModel(asked, verdict, upstream, signal),
      ),
    );
  }

  #clean(question: Question, track: Track): Cleaned {
    const { min, max } = this.#parts.policy.limits.question;
    const cleaned = cleanText(question.text);
    const length = [...cleaned.text].length;
    if (length < min || [...question.text].length > max || length > max) {
      track.note('length', 'refused');
      throw new AppError('question_rejected', { detail: `question must be ${min} to ${max} characters` });
    }
    track.note('length', 'pass', cleaned.hadInvisible ? 'invisible characters' : undefined);
    return cleaned;
  }

  #key({ asker }: Question, { text }: Cleaned, { language }: Track): string {
    const { policy, model, classifierModel } = this.#parts;
    return JSON.stringify([
      ...[sameQuestion(text), language, policy.edition, model, classifierModel],
      asker.audience,
    ]);
  }

  #again({ question, track }: Asked, kept: Kept): AskAnswer {
    track.note('cache', 'hit');
    track.topic = kept.topic ?? undefined;
    if (!kept.refused) question.onSentence?.(kept.answer);
    return { ...kept, question: question.text, cached: true };
  }

  /** Sets the most that a question can cost aside, and settles what it did cost, however it ended. */
  async #onBudget({ question, cleaned, track }: Asked, work: () => Promise<AskAnswer>): Promise<AskAnswer> {
    const { policy, models, model, budget } = this.#parts;
    const characters = answerPrompt(policy, 'id', this.#canary).length + cleaned.text.length;
    const most = estimate(characters, policy.limits, models, model);
    const reservation = await reserve(budget(), policy.limits, question.asker.subject, most);
    track.note('budget', 'reserved');
    try {
      return await work();
    } finally {
      // What cannot be settled stays set aside until the day ends: too much rather than too little.
      await budget()
        .settle(reservation, track.usage, track.micros)
        .catch(() => {});
    }
  }

  async #withModel(
    asked: Asked,
    verdict: Verdict,
    upstream: Upstream,
    signal: AbortSignal,
  ): Promise<AskAnswer> {
    const { track } = asked;
    const { deadlineMs } = this.#parts.policy.limits;
    const waited = (ms: number): void => void (track.waitedMs += ms);
    const attempt: Attempt = { signal, until: performance.now() + deadlineMs, waited };
    const queued = performance.now();
    try {
      return await this.#gate.pass(signal, async () => {
        waited(performance.now() - queued);
        const refusal =
          verdict.decision === 'undecided' ? await this.#classify(asked, upstream, attempt) : undefined;
        return refusal ?? (await this.#compose(asked, upstream, attempt));
      });
    } catch (error) {
      throw this.#failure(error, asked, signal);
    }
  }

  /** Undefined where the question may be answered. */
  async #classify(asked: Asked, upstream: Upstream, attempt: Attempt): Promise<AskAnswer | undefined> {
    const { policy, classifierModel: model } = this.#parts;
    const { cleaned, track, key } = asked;
    const { classified, usage } = await classify(upstream, policy, {
      question: cleaned.text,
      model,
      attempt,
    });
    track.spend(model, usage);
    track.topic = classified.topic;
    track.note('classifier', classified.decision, wordsOf(classified));
    if (classified.decision === 'allow') return undefined;
    // A block is of the moment; what a question is about stays.
    const keep = classified.reason === 'blocked' ? undefined : key;
    return this.#refuse(asked, classified.reason, { topic: classified.topic, keep });
  }

  async #compose(asked: Asked, upstream: Upstream, attempt: Attempt): Promise<AskAnswer> {
    const { policy, rules, figures, model } = this.#parts;
    const { question, cleaned, track, key } = asked;
    const { language } = track;
    const support = new Support();
    support.addQuestion(cleaned.text);
    const { answer, fault, dropped, tools, sources, used, usage } = await compose(upstream, {
      question: cleaned.text,
      model,
      system: answerPrompt(policy, language, this.#canary),
      figures,
      toolCalls: policy.limits.toolCalls,
      outputTokens: policy.limits.outputTokens,
      attempt,
      support,
      check: {
        language,
        support,
        canary: this.#canary,
        instructions: instructions(),
        facts: policy.facts,
        refusedTopic: (text) => rules.refusedTopic(text),
        mostCharacters: policy.limits.answer,
      },
      onSentence: question.onSentence,
    });
    track.spend(model, usage);
    track.note('answer', 'given', tools.join(' '));
    track.note('check', fault ?? 'pass', dropped > 0 ? `${dropped} left out` : undefined);
    if (answer === undefined) return this.#refuse(asked, fault === 'blocked' ? fault : `check_${fault}`);
    const topic = track.topic ?? null;
    const kept = { answer, model, language, topic, refused: false, reason: null, sources };
    this.#kept.set(key, kept, used);
    return { ...kept, question: question.text, cached: false };
  }

  /** A polite answer that points back to the topics; given again under `keep`, where that is given. */
  #refuse(
    { question, track }: Asked,
    reason: string,
    { topic, keep }: { topic?: string | undefined; keep?: string | undefined } = {},
  ): AskAnswer {
    const { policy, model } = this.#parts;
    const { language } = track;
    track.topic = topic;
    const answer = refusalText(policy, REFUSAL_TEXTS[reason] ?? 'unanswered', { language, topic });
    const refusal = { answer, model, language, topic: topic ?? null, refused: true, reason, sources: [] };
    if (keep !== undefined) this.#kept.set(keep, refusal);
    return { ...refusal, question: question.text, cached: false };
  }

  /** What the asker is told of a failure; the log is told more. */
  #failure(error: unknown, { question, cleaned, track }: Asked, signal: AbortSignal): unknown {
    const { policy, model, observe } = this.#parts;
    if (error instanceof UpstreamFailure) {
      // What was given up was paid for all the same; how much, nobody says.
      const isUnknown = (error.kind === 'timeout' || error.kind === 'cancelled') && error.usage.input === 0;
      const characters = answerPrompt(policy, 'id', this.#canary).length + cleaned.text.length;
      track.spend(model, isUnknown ? { ...NO_USAGE, input: promptTokens(characters) } : error.usage);
      track.note('model', 'failed', error.kind);
      const { kind, message } = error;
      observe({ type: 'ask.upstream.failed', requestId: question.requestId, kind, message });
    }
    if (question.signal.aborted) return new AppError('client_closed_request', {}, { cause: error });
    if (signal.aborted) return new AppError('ask_unavailable', { retryAfter: RETRY_S });
    if (!(error instanceof UpstreamFailure)) return error;
    if (error.kind === 'config' || error.kind === 'request')
      return new AppError('ask_misconfigured', { retryAfter: MENDING_S });
    const retryMs = error.retryMs ?? RETRY_S * 1000;
    return new AppError('ask_unavailable', { retryAfter: Math.max(1, Math.ceil(retryMs / 1000)) });
  }
}

const wordsOf = (classified: Classified): string => {
  const what = classified.topic ?? (classified.decision === 'deny' ? classified.reason : '');
  return `${what} ${classified.confidence}`;
};

const REFUSAL_TEXTS: Readonly<Record<string, RefusalText>> = {
  off_topic: 'off_topic',
  refused: 'refused',
  injection: 'injection',
  encoded: 'injection',
  harm: 'injection',
  unclear: 'unclear',
};
