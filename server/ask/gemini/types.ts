import type { Content, FunctionDeclaration } from '@google/genai';

/** The narrow seam to Gemini: what the assistant needs of it, and nothing that it does not. */
export interface Gemini {
  /** @throws UpstreamFailure */
  generate(call: Call, signal: AbortSignal): Promise<Reply>;
  /** As `generate`; `onText` is told each piece as it comes. */
  stream(call: Call, signal: AbortSignal, onText: (text: string) => void): Promise<Reply>;
  /** Whether the model is there. @throws UpstreamFailure */
  exists(model: string, signal: AbortSignal): Promise<boolean>;
}

export interface Call {
  readonly model: string;
  readonly system: string;
  readonly contents: readonly Content[];
  readonly tools?: readonly FunctionDeclaration[];
  /** False where functions are declared, as earlier turns used them, but may not be called any more. */
  readonly mayCall?: boolean;
  /** Answers must be JSON of this schema. */
  readonly schema?: object;
  readonly maxOutputTokens: number;
}

/** Tokens. `cached` are among `input`; thinking is among `output`. */
export interface Usage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export const NO_USAGE: Usage = { input: 0, cached: 0, output: 0 };

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input: a.input + b.input,
  cached: a.cached + b.cached,
  output: a.output + b.output,
});

export interface ToolCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Reply {
  /** What it says, without its thoughts. */
  readonly text: string;
  readonly calls: readonly ToolCall[];
  /** The turn as it came, signatures of thoughts included: that is how it must go back. */
  readonly content: Content | undefined;
  readonly finish: string | undefined;
  /** Why the question or the answer was blocked. */
  readonly blocked: string | undefined;
  readonly usage: Usage;
}

/**
 * Gemini could not be asked, or gave nothing that can be used.
 * - `config`: the key or the model is wrong; trying again helps nobody.
 * - `request`: it does not take a part of the call.
 * - `busy`: too many requests. - `unavailable`: an error of its own, or no connection.
 * - `timeout`: the deadline. - `garbled`: an answer that is no answer.
 */
export type FailureKind = 'config' | 'request' | 'busy' | 'unavailable' | 'timeout' | 'garbled' | 'cancelled';

export class UpstreamFailure extends Error {
  readonly kind: FailureKind;
  /** Milliseconds after which it asks to be tried again. */
  readonly retryMs: number | undefined;
  /** What was used up to then, where it said so. */
  readonly usage: Usage;

  constructor(
    kind: FailureKind,
    message: string,
    options: { retryMs?: number | undefined; usage?: Usage } = {},
  ) {
    super(message);
    this.name = 'UpstreamFailure';
    this.kind = kind;
    this.retryMs = options.retryMs;
    this.usage = options.usage ?? NO_USAGE;
  }
}
