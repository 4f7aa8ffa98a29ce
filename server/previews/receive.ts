import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Request } from 'express';
import { AppError } from '../errors.ts';

/**
 * Writes the body of a request to a file as it comes, gzip undone.
 * @param most bytes, undone
 * @throws AppError `body_too_large` (413), `unsupported_media_type` (415), `malformed_body`, `client_closed_request`
 */
export async function receive(req: Request, file: string, most: number): Promise<void> {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new AppError('unsupported_media_type', { detail: 'Content-Encoding must be gzip or left out' });
  // Who says how much comes is refused before any of it is read.
  if (Number(req.headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const first = encoding === 'gzip' ? createGunzip() : bounded(most);
  const out = createWriteStream(file, { mode: 0o600, flags: 'wx' });
  const written = encoding === 'gzip' ? pipeline(first, bounded(most), out) : pipeline(first, out);
  const goneAway = (): void => {
    if (!req.complete) first.destroy(new AppError('client_closed_request'));
  };
  req.once('close', goneAway);
  req.pipe(first);
  try {
    await written;
  } catch (error) {
    // The rest is read and dropped, so that the client gets to read why.
    req.unpipe(first);
    req.resume();
    throw meant(error);
  } finally {
    req.off('close', goneAway);
  }
}

function bounded(most: number): Transform {
  let seen = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      seen += piece.length;
      if (seen > most) done(tooLarge(most));
      else done(null, piece);
    },
  });
}

const tooLarge = (most: number): AppError =>
  new AppError('body_too_large', { detail: `at most ${most} bytes` }, { headers: { Connection: 'close' } });

function meant(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!code.startsWith('Z_')) return error;
  return new AppError('malformed_body', { detail: 'the body is not gzip' }, { cause: error });
}
