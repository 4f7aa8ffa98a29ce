import { randomBytes, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import type { Observe } from '../observe/events.ts';
import { dayOf, untilTomorrow, type BudgetStore, type Reservation } from './budget/budget.ts';
import { Support } from './check/support.ts';
import { classify, type Classified } from './classify.ts';
import { compose, type Composed } from './compose.ts';
import type { AskEvent } from './events.ts';
import { Gate } from './gate.ts';
import type { ModelList } from './gemini/models.ts';
import { addUsage, NO_USAGE, UpstreamFailure, type Usage } from './gemini/types.ts';
import type { AskLog, LayerVerdict } from './log/log.ts';
import { refusalText, type Policy } from './policy/policy.ts';
import type { Language, RefusalText } from './policy/schema.ts';
import { answerPrompt, instructions, languageOf } from './prompt.ts';
import type { Rules, Verdict } from './rules/decide.ts';
import { cleanText, type Cleaned } from './rules/text.ts';
import type { Figures } from './tools/figures.ts';
import type { Source } from './tools/run.ts';
import type { Attempt, Upstream } from './upstream.ts';

export interface Asker {
  /** Whose budget and rate it is: `key:…` or `address:…`. */
  readonly subject: string;
  readonly keyId: string | undefined;
  readonly addressHash: string | undefined;
  /** Answers are given again only to askers of the same audience. */
  readonly audience: string;
}

export interface Question {
  readonly text: string;
  readonly language?: Language | undefined;
  readonly requestId: string;
  readonly asker: Asker;
  /** Fires when the asker goes away. */
  readonly signal: AbortSignal;
  /** Told each checked sentence as it comes. */
  readonly onSentence?: ((text: string) => void) | undefined;
}

export interface AskAnswer {
  readonly question: string;
  readonly answer: string;
  readonly model: string;
  readonly language: Language;
  readonly topic: string | null;
  readonly refused: boolean;
  readonly reason: string | null;
  readonly sources: readonly Source[];
  readonly cached: boolean;
}

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

const KEPT_ANSWERS = 2_000;
/** A question has at least so many tokens, whatever its letters are. */
const CHARACTERS_PER_TOKEN = 3;
const TOOL_TOKENS = 1_500;
const RETRY_S = 10;

interface Kept extends Omit<AskAnswer, 'question' | 'cached'> {
  readonly used: Readonly<Record<string, string>>;
}

/** What became of a question, layer by layer. */
interface Track {
  readonly started: number;
  readonly verdicts: LayerVerdict[];
  usage: Usage;
  micros: number;
  upstreamMs: number;
  topic: string | undefined;
  language: Language;
}

/** Answers questions: each passes the layers in turn, and what each decided is written down. */
export class Asking {
  readonly #parts: AskingParts;
  readonly #gate: Gate;
  readonly #kept: LRUCache<string, Kept>;
  readonly #canary = `C-${randomBytes(9).toString('hex')}`;

  constructor(parts: AskingParts) {
    this.#parts = parts;
    const { concurrency, queue, cacheS } = parts.policy.limits;
    this.#gate = new Gate(concurrency, queue);
    this.#kept = new LRUCache({ max: KEPT_ANSWERS, ttl: Math.max(cacheS, 1) * 1000 });
  }

  get load(): { working: number; waiting: number } {
    return this.#gate.load;
  }

  /**
   * @throws AppError `question_rejected` (422), `ask_not_configured`, `ask_misconfigured`, `ask_unavailable`, `ask_busy` (503),
   * `ask_budget_spent` (429)
   */
  async ask(question: Question): Promise<AskAnswer> {
    const { policy, log, observe } = this.#parts;
    const track: Track = {
      started: performance.now(),
      verdicts: [],
      usage: NO_USAGE,
      micros: 0,
      upstreamMs: 0,
      topic: undefined,
      language: question.language ?? policy.languages[0] ?? 'id',
    };
    const entry = { id: randomUUID(), at: new Date() };
    const tell = (
      status: 'answered' | 'refused' | 'failed',
      reason: string | undefined,
      answer?: AskAnswer,
    ): void => {
      const ms = performance.now() - track.started;
      const { usage, micros, topic, verdicts, language, upstreamMs } = track;
      log.add({
        ...entry,
        requestId: question.requestId,
        question: question.text,
        answer: answer?.answer,
        model: answer?.model,
        status,
        error: status === 'failed' ? reason : undefined,
        ms,
        address: question.asker.addressHash,
        language,
        topic,
        reason,
        verdicts,
        usage,
        micros,
        policy: policy.edition,
        cached: answer?.cached ?? false,
        keyId: question.asker.keyId,
      });
      observe({
        type: 'ask.answered',
        requestId: question.requestId,
        outcome: status,
        reason,
        topic,
        cached: answer?.cached ?? false,
        ms: Math.round(ms),
        upstreamMs: Math.round(upstreamMs),
        inputTokens: usage.input,
        outputTokens: usage.output,
        micros,
      });
    };
    try {
      const answer = await this.#layers(question, track);
      tell(answer.refused ? 'refused' : 'answered', answer.reason ?? undefined, answer);
      return answer;
    } catch (error) {
      tell('failed', error instanceof AppError ? error.code : 'internal');
      throw error;
    }
  }

  async #layers(question: Question, track: Track): Promise<AskAnswer> {
    const { policy, rules, upstream } = this.#parts;
    if (!upstream) throw new AppError('ask_not_configured', { detail: 'GEMINI_API_KEY is not set' });
    const cleaned = this.#clean(question, track);
    track.language = question.language ?? languageOf(cleaned.text, policy);
    const verdict = rules.decide(cleaned);
    note(track, 'rules', verdict.decision, 'because' in verdict ? verdict.because : undefined);
    if (verdict.decision === 'deny') return this.#refuse(question, track, reasonOf(verdict), verdict.topic);
    if (verdict.decision === 'allow') track.topic = verdict.topic;
    const key = this.#cacheKey(cleaned, track.language, question.asker);
    const kept = this.#current(key);
    if (kept) {
      note(track, 'cache', 'hit');
      track.topic = kept.topic ?? undefined;
      const { used: _used, ...answer } = kept;
      question.onSentence?.(answer.answer);
      return { ...answer, question: question.text, cached: true };
    }
    const reservation = await this.#reserve(question.asker, cleaned);
    note(track, 'budget', 'reserved');
    const before = track.usage;
    try {
      return await this.#withModel(question, cleaned, track, { verdict, upstream, key });
    } finally {
      const { budget } = this.#parts;
      const used = subtract(track.usage, before);
      await budget()
        .settle(reservation, used, track.micros)
        .catch(() => {});
    }
  }

  #clean(question: Question, track: Track): Cleaned {
    const { min, max } = this.#parts.policy.limits.question;
    const cleaned = cleanText(question.text);
    const length = [...cleaned.text].length;
    if (length < min || [...question.text].length > max || length > max) {
      note(track, 'length', 'refused');
      throw new AppError('question_rejected', { detail: `question must be ${min} to ${max} characters` });
    }
    note(track, 'length', 'pass', cleaned.hadInvisible ? 'invisible characters' : undefined);
    return cleaned;
  }

  async #withModel(
    question: Question,
    cleaned: Cleaned,
    track: Track,
    { verdict, upstream, key }: { verdict: Verdict; upstream: Upstream; key: string },
  ): Promise<AskAnswer> {
    const { limits } = this.#parts.policy;
    const deadline = AbortSignal.timeout(limits.deadlineMs);
    const signal = AbortSignal.any([question.signal, deadline]);
    const attempt: Attempt = { signal, until: track.started + limits.deadlineMs };
    try {
      return await this.#gate.pass(signal, async () => {
        const entered = performance.now();
        try {
          if (verdict.decision === 'undecided') {
            const refusal = await this.#classify(cleaned, track, upstream, attempt);
            if (refusal) return this.#refuse(question, track, refusal.reason, refusal.topic, key);
          }
          return await this.#compose(question, cleaned, track, { upstream, attempt, key });
        } finally {
          track.upstreamMs += performance.now() - entered;
        }
      });
    } catch (error) {
      throw this.#failure(error, question, track, signal);
    }
  }

  /** Undefined where the question may be answered. */
  async #classify(
    cleaned: Cleaned,
    track: Track,
    upstream: Upstream,
    attempt: Attempt,
  ): Promise<(Classified & { decision: 'deny' }) | undefined> {
    const { policy, classifierModel } = this.#parts;
    const { classified, usage } = await classify(upstream, policy, {
      question: cleaned.text,
      model: classifierModel,
      attempt,
    });
    this.#spend(track, classifierModel, usage);
    track.topic = classified.topic;
    const { decision, confidence } = classified;
    note(
      track,
      'classifier',
      decision,
      `${classified.topic ?? (decision === 'deny' ? classified.reason : '')} ${confidence}`,
    );
    return classified.decision === 'deny' ? classified : undefined;
  }

  async #compose(
    question: Question,
    cleaned: Cleaned,
    track: Track,
    { upstream, attempt, key }: { upstream: Upstream; attempt: Attempt; key: string },
  ): Promise<AskAnswer> {
    const { policy, rules, figures, model } = this.#parts;
    const { language } = track;
    const support = new Support();
    support.addQuestion(cleaned.text);
    const composed = await compose(upstream, {
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
    this.#spend(track, model, composed.usage);
    note(track, 'answer', 'given', composed.tools.join(' ') || undefined);
    const { answer, fault, dropped } = composed;
    note(track, 'check', fault ?? 'pass', dropped > 0 ? `${dropped} left out` : undefined);
    if (answer === undefined)
      return this.#refuse(question, track, fault === 'blocked' ? 'blocked' : `check_${fault}`);
    return this.#keep(key, question, track, answer, composed);
  }

  #keep(key: string, question: Question, track: Track, text: string, { sources, used }: Composed): AskAnswer {
    const answer = {
      answer: text,
      model: this.#parts.model,
      language: track.language,
      topic: track.topic ?? null,
      refused: false,
      reason: null,
      sources,
    };
    if (this.#parts.policy.limits.cacheS > 0) this.#kept.set(key, { ...answer, used });
    return { ...answer, question: question.text, cached: false };
  }

  /** A polite answer that points back to the topics. One that a classification gave is kept by `key`. */
  #refuse(question: Question, track: Track, reason: string, topic?: string, key?: string): AskAnswer {
    const { policy, model } = this.#parts;
    track.topic = topic;
    const text = refusalText(policy, REFUSAL_TEXTS[reason] ?? 'unanswered', {
      language: track.language,
      topic,
    });
    const refusal = {
      answer: text,
      model,
      language: track.language,
      topic: topic ?? null,
      refused: true,
      reason,
      sources: [],
    };
    if (key !== undefined && reason !== 'blocked' && policy.limits.cacheS > 0)
      this.#kept.set(key, { ...refusal, used: {} });
    return { ...refusal, question: question.text, cached: false };
  }

  #cacheKey({ text }: Cleaned, language: Language, asker: Asker): string {
    const { policy, model, classifierModel } = this.#parts;
    const same = text
      .toLowerCase()
      .replace(/\s+/g, ' ')
      .replace(/[\s.?!]+$/, '');
    return JSON.stringify([same, language, policy.edition, model, classifierModel, asker.audience]);
  }

  /** A kept answer whose figures are still those of the map. */
  #current(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    const { figures } = this.#parts;
    if (Object.entries(kept.used).every(([id, version]) => figures.version(id) === version)) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  async #reserve(asker: Asker, { text }: Cleaned): Promise<Reservation> {
    const { policy, models, model, budget } = this.#parts;
    const { toolCalls, outputTokens, perDay } = policy.limits;
    const turns = toolCalls + 1;
    const prompt =
      (answerPrompt(policy, 'id', this.#canary).length + text.length) / CHARACTERS_PER_TOKEN + TOOL_TOKENS;
    const input = Math.ceil(prompt * (turns + 1) + (TOOL_TOKENS * turns * toolCalls) / 2);
    const output = outputTokens * turns;
    const estimate = { tokens: input + output, micros: models.cost(model, { input, cached: 0, output }) };
    const day = dayOf(new Date());
    const all = { subject: 'all', tokens: perDay.tokens, micros: perDay.usd * 1e6 };
    const own = { subject: asker.subject, tokens: perDay.tokensPerKey, micros: perDay.usdPerKey * 1e6 };
    const short = await budget().reserve(day, [all, own], estimate);
    if (short !== undefined) {
      throw new AppError('ask_budget_spent', {
        detail: 'what may be spent on questions today is spent',
        scope: short === 'all' ? 'all' : 'own',
        retryAfter: untilTomorrow(new Date()),
      });
    }
    return { day, subjects: ['all', asker.subject], ...estimate };
  }

  #spend(track: Track, model: string, usage: Usage): void {
    track.usage = addUsage(track.usage, usage);
    track.micros += this.#parts.models.cost(model, usage);
  }

  #failure(error: unknown, question: Question, track: Track, signal: AbortSignal): unknown {
    if (error instanceof UpstreamFailure) {
      this.#spend(track, this.#parts.model, error.usage);
      note(track, 'model', 'failed', error.kind);
      this.#parts.observe({
        type: 'ask.upstream.failed',
        requestId: question.requestId,
        kind: error.kind,
        message: error.message,
      });
    }
    if (question.signal.aborted) return new AppError('client_closed_request', {}, { cause: error });
    if (signal.aborted) return new AppError('ask_unavailable', { retryAfter: RETRY_S });
    if (!(error instanceof UpstreamFailure)) return error;
    if (error.kind === 'config' || error.kind === 'request')
      return new AppError('ask_misconfigured', { retryAfter: 300 });
    const retryAfter = Math.max(1, Math.ceil((error.retryMs ?? RETRY_S * 1000) / 1000));
    return new AppError('ask_unavailable', { retryAfter });
  }
}

const REFUSAL_TEXTS: Readonly<Record<string, RefusalText>> = {
  off_topic: 'off_topic',
  refused: 'refused',
  injection: 'injection',
  encoded: 'injection',
  harm: 'injection',
  unclear: 'unclear',
};

const reasonOf = (verdict: Verdict & { decision: 'deny' }): string => verdict.reason;

const subtract = (a: Usage, b: Usage): Usage => ({
  input: a.input - b.input,
  cached: a.cached - b.cached,
  output: a.output - b.output,
});

function note(track: Track, layer: string, verdict: string, because?: string): void {
  const ms = Math.round(performance.now() - track.started);
  track.verdicts.push({
    layer,
    verdict,
    ms,
    ...(because === undefined || because === '' ? {} : { because }),
  });
}
