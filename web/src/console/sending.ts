import { addressOf, bodyType, type Filled, type Operation } from './operations.ts';

/** Headers that say something about an answer, in the order in which they are shown. */
const TELLING = [
  'content-type',
  'content-encoding',
  'etag',
  'cache-control',
  'vary',
  'link',
  'retry-after',
  'x-tile-truncated',
  'x-request-id',
  'server-timing',
] as const;
/** What is kept of an answer to be shown, in bytes. */
const MOST_BYTES = 32_000_000;

export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly type: string;
  /** Until its first byte, and until its last, in ms. */
  readonly firstMs: number;
  ms: number;
  /** As it is, and as it came over the network where the browser tells. */
  bytes: number;
  sentBytes: number | undefined;
  body: Uint8Array<ArrayBuffer>;
  /** More came than is shown, or somebody stopped it. */
  isCut: boolean;
}

export interface Sending {
  readonly operation: Operation;
  readonly filled: Filled;
  readonly key: string;
  /** From this page to the root of the site. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Told what is there so far; of what does not end, again and again. */
  readonly onProgress: (answer: Answer) => void;
}

/** Sends a request to this server as it is filled in. @throws TypeError where nobody answers */
export async function sendRequest({
  operation,
  filled,
  key,
  root,
  signal,
  onProgress,
}: Sending): Promise<Answer> {
  const url = new URL(root + addressOf(operation, filled.values), document.baseURI).href;
  const began = performance.now();
  const response = await fetch(url, {
    method: operation.method.toUpperCase(),
    cache: 'no-store',
    credentials: 'omit',
    signal,
    headers: {
      ...(key === '' ? {} : { 'X-API-Key': key }),
      ...(filled.accept === '' ? {} : { Accept: filled.accept }),
      ...(filled.body === '' ? {} : { 'Content-Type': bodyType(operation) }),
    },
    ...(filled.body === '' ? {} : { body: filled.body }),
  });
  const firstMs = performance.now() - began;
  const answer: Answer = {
    url,
    status: response.status,
    statusText: response.statusText,
    headers: TELLING.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
    type: response.headers.get('content-type')?.split(';', 1)[0]?.trim() ?? '',
    firstMs,
    ms: firstMs,
    bytes: 0,
    sentBytes: undefined,
    body: new Uint8Array(),
    isCut: false,
  };
  await readBody(response, answer, () => {
    answer.ms = performance.now() - began;
    onProgress(answer);
  });
  answer.ms = performance.now() - began;
  const entry = performance.getEntriesByName(url).at(-1) as PerformanceResourceTiming | undefined;
  if (entry && entry.encodedBodySize > 0) answer.sentBytes = entry.encodedBodySize;
  performance.clearResourceTimings();
  return answer;
}

async function readBody(response: Response, answer: Answer, onPiece: () => void): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      answer.bytes += value.length;
      if (answer.type === 'text/event-stream') {
        answer.body = joined(pieces, answer.bytes);
        onPiece();
      }
      if (answer.bytes > MOST_BYTES) {
        answer.isCut = true;
        await reader.cancel();
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    answer.isCut = true; // somebody pressed Stop: what came is shown
  }
  answer.body = joined(pieces, answer.bytes);
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
