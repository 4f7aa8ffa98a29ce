import type { Content, Part } from '@google/genai';
import { AnswerCheck, withoutMarkdown, type CheckOptions, type Fault } from '../check/answer.ts';
import { Sentences } from '../check/sentences.ts';
import type { Support } from '../check/support.ts';
import {
  addUsage,
  NO_USAGE,
  UpstreamFailure,
  type Reply,
  type ToolCall,
  type Usage,
} from '../gemini/types.ts';
import { userTurn } from './prompt.ts';
import { DECLARATIONS } from '../tools/declare.ts';
import type { Figures } from '../tools/figures.ts';
import { runTool, type Source } from '../tools/run.ts';
import type { Attempt, Upstream } from '../gemini/upstream.ts';

export interface ComposeOptions {
  readonly question: string;
  readonly model: string;
  readonly system: string;
  readonly figures: Figures;
  readonly toolCalls: number;
  readonly outputTokens: number;
  readonly attempt: Attempt;
  readonly check: CheckOptions;
  readonly support: Support;
  /** Told each sentence that may leave. */
  readonly onSentence?: ((text: string) => void) | undefined;
}

export interface Composed {
  /** Undefined where nothing of it may be said. */
  readonly answer: string | undefined;
  /** Why nothing may be said, or what was left out. */
  readonly fault: Fault | 'blocked' | undefined;
  /** Sentences left out for a number that nothing bears out. */
  readonly dropped: number;
  readonly sources: readonly Source[];
  readonly used: Readonly<Record<string, string>>;
  readonly tools: readonly string[];
  readonly usage: Usage;
}

const MOST_SOURCES = 20;

/**
 * The answer of the model: tools in turn, and every sentence checked before it may leave.
 * @throws UpstreamFailure with all that was used
 */
export async function compose(upstream: Upstream, options: ComposeOptions): Promise<Composed> {
  const speech = new Speech(options);
  const sources: Source[] = [];
  const used: Record<string, string> = {};
  const tools: string[] = [];
  const contents: Content[] = [userTurn(options.question)];
  let usage = NO_USAGE;
  const done = (fault: Composed['fault']): Composed => ({
    ...speech.result(fault),
    sources: mentioned(sources, speech.text),
    used,
    tools,
    usage,
  });
  try {
    for (let turn = 0; turn <= options.toolCalls + 1; turn++) {
      const left = options.toolCalls - tools.length;
      const reply = await ask(upstream, options, contents, left > 0, speech);
      usage = addUsage(usage, reply.usage);
      if (speech.fault) return done(speech.fault);
      if (reply.blocked !== undefined) return done('blocked');
      if (reply.calls.length === 0 || !reply.content) return done(speech.finish(reply));
      speech.pause();
      contents.push(reply.content, await answerCalls(reply.calls, left));
    }
    throw new UpstreamFailure('garbled', 'it went on calling tools');
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    throw new UpstreamFailure(error.kind, error.message, {
      retryMs: error.retryMs,
      usage: addUsage(usage, error.usage),
    });
  }

  async function answerCalls(calls: readonly ToolCall[], left: number): Promise<Content> {
    const parts: Part[] = [];
    for (const [i, { id, name, args }] of calls.entries()) {
      let response: Record<string, unknown> = { error: 'no_more_calls' };
      if (i < left) {
        const result = await runTool(options.figures, name, args);
        tools.push(name);
        sources.push(...result.sources);
        Object.assign(used, result.used);
        options.support.addResult(result.output);
        response = result.output;
      }
      parts.push({ functionResponse: { ...(id === undefined ? {} : { id }), name, response } });
    }
    return { role: 'user', parts };
  }
}

async function ask(
  upstream: Upstream,
  { model, system, outputTokens, attempt, onSentence }: ComposeOptions,
  contents: readonly Content[],
  mayCall: boolean,
  speech: Speech,
): Promise<Reply> {
  const call = {
    model,
    system,
    contents: [...contents],
    tools: DECLARATIONS,
    mayCall,
    maxOutputTokens: outputTokens,
  };
  if (!onSentence) {
    const reply = await upstream.ask(call, attempt);
    speech.hear(reply.text);
    return reply;
  }
  return upstream.ask(call, { ...attempt, onText: (text) => speech.hear(text) });
}

/** What has been said so far, sentence by sentence. */
class Speech {
  readonly #check: AnswerCheck;
  readonly #sentences = new Sentences();
  readonly #onSentence: ((text: string) => void) | undefined;
  readonly #kept: string[] = [];
  #dropped = 0;
  /** Ends the answer. */
  fault: Fault | undefined;

  constructor({ check, onSentence }: ComposeOptions) {
    this.#check = new AnswerCheck(check);
    this.#onSentence = onSentence;
  }

  get text(): string {
    return withoutMarkdown(this.#kept.join('')).trim();
  }

  hear(piece: string): void {
    if (!this.fault) this.#say(this.#sentences.push(piece));
  }

  /** Another turn begins: what was said before it is a sentence. */
  pause(): void {
    if (!this.fault) this.#say(this.#sentences.flush().map((rest) => `${rest.trimEnd()}\n`));
  }

  /** The last turn is over. @throws UpstreamFailure where that is no answer */
  finish({ finish, usage }: Reply): Composed['fault'] {
    const rest = this.#sentences.flush();
    // What the limit cut off is no sentence.
    if (finish === 'STOP') this.#say(rest);
    if (this.fault) return this.fault;
    const isAnswer = finish === 'STOP' || finish === 'MAX_TOKENS';
    if (!isAnswer || this.#kept.length + this.#dropped === 0)
      throw new UpstreamFailure('garbled', `an answer without text (${finish ?? 'no end'})`, { usage });
    // Of an answer that is made up in the main the rest is not worth telling.
    return this.#dropped > 0 && this.#dropped >= this.#kept.length ? 'number' : undefined;
  }

  result(fault: Composed['fault']): Pick<Composed, 'answer' | 'fault' | 'dropped'> {
    return { answer: fault === undefined ? this.text : undefined, fault, dropped: this.#dropped };
  }

  #say(sentences: readonly string[]): void {
    for (const sentence of sentences) {
      const fault = this.#check.fault(sentence);
      if (fault === 'number') this.#dropped++;
      else if (fault !== undefined) {
        this.fault = fault;
        return;
      } else {
        this.#kept.push(sentence);
        this.#onSentence?.(withoutMarkdown(sentence));
      }
    }
  }
}

/** Sources whose region the answer names; all of them where it names none. */
function mentioned(sources: readonly Source[], answer: string): Source[] {
  const unique = [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
  const lower = answer.toLowerCase();
  const named = unique.filter(({ name }) => name !== undefined && lower.includes(name.toLowerCase()));
  return (named.length > 0 ? named : unique).slice(0, MOST_SOURCES);
}
