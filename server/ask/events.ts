import type { AskStatus } from './log/log.ts';

/** What the assistant tells of itself. Questions and answers stand in none of them. */
export type AskEvent =
  | {
      type: 'ask.answered';
      requestId: string;
      outcome: AskStatus;
      /** Why it was refused, or the code of the error. */
      reason: string | undefined;
      topic: string | undefined;
      cached: boolean;
      ms: number;
      /** Milliseconds of it that were spent waiting: for a turn, and for the model. */
      waitedMs: number;
      inputTokens: number;
      outputTokens: number;
      micros: number;
    }
  | { type: 'ask.upstream.failed'; requestId: string; kind: string; message: string }
  | { type: 'ask.model.checked'; model: string; exists: boolean | undefined; warning: string | undefined }
  | { type: 'ask.log.failed'; error: unknown; dropped: number };
