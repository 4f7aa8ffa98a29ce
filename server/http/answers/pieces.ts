import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { AppError } from '../../errors.ts';
import { cachingOf } from './seeing.ts';

export interface Streamed {
  readonly type: string;
  readonly cacheControl: string;
  readonly signal: AbortSignal;
}

/**
 * Sends an answer as it is made. The first piece goes only when it is there, so that a query that fails still becomes
 * a proper error.
 */
export async function sendPieces(
  req: Request,
  res: Response,
  pieces: AsyncGenerator<string>,
  { type, cacheControl, signal }: Streamed,
): Promise<void> {
  const first = await pieces.next();
  res.setHeader('Content-Type', type);
  res.setHeader('Cache-Control', cachingOf(res, cacheControl));
  if (req.method === 'HEAD' || first.done) {
    await pieces.return(undefined);
    res.end();
    return;
  }
  async function* all(): AsyncGenerator<string> {
    yield first.value as string;
    yield* pieces;
  }
  await pipeline(Readable.from(all()), res).catch((error: unknown) => {
    throw signal.aborted ? new AppError('client_closed_request', {}, { cause: error }) : error;
  });
}
