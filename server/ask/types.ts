import type { Language } from './policy/schema.ts';
import type { Source } from './tools/run.ts';

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
