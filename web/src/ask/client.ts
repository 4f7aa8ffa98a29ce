import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiError, send } from '../api.ts';

export type Language = 'id' | 'en';

/** What a page needs to know of the assistant before it shows a box for questions. */
export interface Assistant {
  model: string;
  languages: readonly Language[];
  suggestions: Readonly<Partial<Record<Language, readonly string[]>>>;
  /** Least and most characters of a question. */
  question: { min: number; max: number };
}

/** Where a figure of an answer comes from. */
export interface Source {
  choropleth: string;
  metric: string;
  level: string;
  filters?: Record<string, string[]>;
  /** Absent where it is all regions together. */
  region?: string;
  name?: string;
}

export interface AskAnswer {
  answer: string;
  language: Language;
  refused: boolean;
  sources: readonly Source[];
}

interface Health {
  configured: boolean;
  access: 'public' | 'key';
  model: string;
  policy: Pick<Assistant, 'languages' | 'suggestions'>;
  question: Assistant['question'];
}

/** Undefined where visitors of the page cannot ask: without a model, or where a key is demanded. */
export async function fetchAssistant(signal: AbortSignal): Promise<Assistant | undefined> {
  const response = await send('gemini/health', { signal });
  const { configured, access, model, policy, question } = (await response.json()) as Health;
  return configured && access === 'public' ? { model, question, ...policy } : undefined;
}

/**
 * Asks a question; `onSentence` is told each sentence as it comes. A refusal takes the place of what was told before.
 * @throws ApiError, of status 0 where the answer ended too soon; the signal's reason
 */
export async function ask(
  question: string,
  onSentence: (text: string) => void,
  signal: AbortSignal,
): Promise<AskAnswer> {
  const { body } = await send('gemini/ask', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream, application/json' },
    body: JSON.stringify({ question, stream: true }),
    signal,
  });
  // The types of this transform and of the library's differ in which buffers they may be given.
  const text = body?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
  const reader = text?.pipeThrough(new EventSourceParserStream()).getReader();
  for (;;) {
    const next = await reader?.read().catch(() => undefined);
    signal.throwIfAborted();
    if (!next || next.done) throw new ApiError(0, {});
    const { event, data } = next.value;
    const told = JSON.parse(data) as { text: string; data: AskAnswer; code: string; title: string };
    if (event === 'sentence') onSentence(told.text);
    else if (event === 'done') return told.data;
    else if (event === 'error') throw new ApiError(503, { code: told.code, title: told.title });
  }
}
