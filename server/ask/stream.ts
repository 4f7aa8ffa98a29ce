import type { Response } from 'express';
import type { AskAnswer } from './types.ts';
import { toAppError } from '../http/answers/problem.ts';
import { dataOf } from './data.ts';

/**
 * Server-sent events: `sentence` for each that passed every check, `done` with the document that a question without
 * `stream` gets. A refusal after some sentences replaces them. Until the first sentence a failure is an ordinary error.
 */
export async function streamAnswer(
  res: Response,
  ask: (onSentence: (text: string) => void) => Promise<AskAnswer>,
): Promise<void> {
  const send = (event: string, data: object): void => {
    if (!res.headersSent) {
      res.status(200);
      res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
      res.setHeader('X-Accel-Buffering', 'no'); // a proxy would hold sentences back
      res.flushHeaders();
    }
    res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  try {
    const answer = await ask((text) => send('sentence', { text }));
    send('done', { status: 'success', data: dataOf(answer) });
    res.end();
  } catch (error) {
    if (!res.headersSent) throw error;
    const { code, title } = toAppError(error);
    send('error', { code, title });
    res.end();
  }
}
