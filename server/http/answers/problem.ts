import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { AppError } from '../../errors.ts';
import type { Observe } from '../../observe/events.ts';

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  requestId: string;
  [member: string]: unknown;
}

/** The RFC 9457 document of an error. A 5xx says its code and nothing of the inside. */
export function problemOf(error: AppError, requestId: string): Problem {
  const members = error.status >= 500 ? publicMembers(error) : error.members;
  return {
    type: `/docs/errors#${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    requestId,
    ...members,
  };
}

/** Details of a 5xx are sent only where its author wrote them for users. */
function publicMembers(error: AppError): object {
  return error.code === 'internal' ? {} : error.members;
}

export function sendProblem(res: Response, error: AppError): void {
  const requestId = String(res.getHeader('X-Request-Id') ?? '');
  // Nothing the failed answer had already promised may stay.
  for (const name of [
    'ETag',
    'Cache-Control',
    'Content-Encoding',
    'Content-Type',
    'Content-Length',
    'Link',
  ]) {
    res.removeHeader(name);
  }
  for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
  const { retryAfter } = error.members;
  if (typeof retryAfter === 'number') res.setHeader('Retry-After', String(retryAfter));
  else if (error.status === 503) res.setHeader('Retry-After', '2');
  res.setHeader('Cache-Control', 'no-store');
  res
    .status(error.status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problemOf(error, requestId))));
}

/** The only error handler: whatever is thrown becomes problem+json; 5xx are observed with their cause. */
export function errorHandler(observe: Observe): ErrorRequestHandler {
  return (thrown: unknown, req: Request, res: Response, next): void => {
    const error = toAppError(thrown);
    if (error.status >= 500 && !isState(error)) {
      observe({
        type: 'request.failed',
        requestId: String(res.getHeader('X-Request-Id')),
        path: req.path,
        error,
      });
    }
    if (res.headersSent) {
      // Half an answer is out: cutting the connection is the only way left to say that it is not whole.
      res.destroy();
      return;
    }
    if (error.status === 499) {
      res.destroy();
      return;
    }
    void next;
    sendProblem(res, error);
  };
}

/** What is so until somebody changes it was told when it came to be, not again for every request. */
function isState(error: AppError): boolean {
  return error.status === 501 || error.code === 'starting';
}

/** Express and its parsers throw errors with a status; everything else unexpected is `internal`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { status, type } = (thrown ?? {}) as { status?: unknown; type?: unknown };
  if (thrown instanceof URIError || status === 400) {
    const malformed = typeof type === 'string' && type.startsWith('entity.');
    return malformed
      ? new AppError('malformed_body', { detail: 'The body must be valid JSON in UTF-8' }, { cause: thrown })
      : new AppError('bad_request', { detail: 'The URL is not validly encoded' }, { cause: thrown });
  }
  if (status === 413) return new AppError('body_too_large', {}, { cause: thrown });
  if (status === 415)
    return new AppError('malformed_body', { detail: 'Unsupported charset or encoding' }, { cause: thrown });
  if (status === 403 || status === 404) return new AppError('route_not_found', {}, { cause: thrown });
  return new AppError('internal', {}, { cause: thrown });
}

/** A problem for requests that never meet the routes. */
export function writtenProblem(error: AppError): {
  status: number;
  type: string;
  requestId: string;
  body: string;
} {
  const requestId = randomUUID();
  const body = JSON.stringify(problemOf(error, requestId));
  return { status: error.status, type: 'application/problem+json; charset=utf-8', requestId, body };
}

/**
 * A raw answer for requests that Node refuses before Express sees them (too long, not HTTP).
 * @param follows what comes after the head; `length` for a HEAD, which is told the length of what a GET would get
 */
export function rawProblem(error: AppError, follows: 'body' | 'length' | 'nothing' = 'body'): string {
  const { status, type, requestId, body } = writtenProblem(error);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${type}`,
    `X-Request-Id: ${requestId}`,
    `Content-Length: ${follows === 'nothing' ? 0 : Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    follows === 'body' ? body : '',
  ].join('\r\n');
}
