/**
 * The `fetch` that the client library is given. It bounds what may come back, and hands events on in the one form that
 * the library reads: an event with an `id:` or `event:` line before its data would be dropped without a word, and a
 * sentence would be missing from the middle of an answer.
 */

/** An answer has some kilobytes. */
const MOST_BYTES = 2_000_000;

export class AnswerTooLarge extends Error {}

export async function guardedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (!response.body) return response;
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') ?? false;
  const bounded = response.body.pipeThrough(bound(MOST_BYTES));
  const body = isStream ? bounded.pipeThrough(plainEvents()) : bounded;
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers: withoutLengths(headers) });
}

/** The body is not the one that was measured. */
function withoutLengths(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-length');
  kept.delete('content-encoding');
  return kept;
}

function bound(most: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > most) controller.error(new AnswerTooLarge(`more than ${most} bytes`));
      else controller.enqueue(chunk);
    },
  });
}

/** Events of data alone, each `data: …` and an empty line, as the standard says to read them. */
export function plainEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  let data: string[] = [];
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) controller.enqueue(encoder.encode(`data: ${data.join('')}\n\n`));
          data = [];
        } else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
        // An error that is no event is what the library looks for itself.
        else if (/^[{["}\]]/.test(line.trimStart())) controller.enqueue(encoder.encode(`${line}\n`));
      }
    },
    flush(controller) {
      // What was cut off is handed on, so that it is seen not to be whole.
      const tail = [...data.map((line) => `data: ${line}`), rest].join('\n');
      if (tail.trim() !== '') controller.enqueue(encoder.encode(tail));
    },
  });
}
