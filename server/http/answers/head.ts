import { validateHeaderValue, type ServerResponse } from 'node:http';

/** Up to so many bytes it is less work to write a body together with its head than beside it. */
export const ONE_PIECE_BYTES = 8_192;
export const LINE_END = '\r\n';
export const OK = `HTTP/1.1 200 OK${LINE_END}`;

export const requestIdLine = (requestId: string): string => `X-Request-Id: ${requestId}${LINE_END}`;

export const lengthLine = (body: Buffer): string => `Content-Length: ${body.length}${LINE_END}`;

/** Headers, names and values in turn, as they stand in a head. @throws TypeError where a value would break it */
export function headLines(headers: readonly string[]): string {
  let lines = '';
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    validateHeaderValue(name, value);
    lines += `${name}: ${value}${LINE_END}`;
  }
  return lines;
}

/** What Node's responses have besides what is documented: every version has it, and where one has not, the documented way is taken. */
export interface Inside {
  /** What `writeHead` hands on to; it leaves the head in `_header`. */
  _storeHeader?: (firstLines: string, headers: readonly string[]) => void;
  _header?: unknown;
  _headerSent?: boolean;
  finished?: boolean;
  _finish?: () => void;
  _keepAliveTimeout?: number;
  maxRequestsOnConnectionReached?: boolean;
}

/**
 * Answers 200 with lines that were made by `headLines`, a length and a body. Node looks at every header of every answer, and writes
 * an answer in three pieces; twenty headers that are the same each time cost it as much as the rest of a small answer.
 */
export function answerWhole(res: ServerResponse, lines: string, body: Buffer, sendsBody: boolean): void {
  const inside = res as Inside;
  const length = lengthLine(body);
  res.statusCode = 200;
  const end = sendsBody ? endFor(res, inside) : undefined;
  if (end !== undefined) {
    sendThrough(res, inside, OK + lines + length + end, body);
    return;
  }
  const headers = ['Content-Length', String(body.length)];
  if (inside._storeHeader) inside._storeHeader(OK + lines, headers);
  else res.writeHead(200, [...headersIn(lines), ...headers]);
  if (sendsBody) learnEnd(res, inside, OK.length + lines.length + length.length);
  if (!sendsBody) res.end();
  else if (body.length <= ONE_PIECE_BYTES) res.end(body.toString('latin1'), 'latin1');
  else res.end(body);
}

const EMPTY = Buffer.alloc(0);
const EMPTY_STATUS = {
  204: `HTTP/1.1 204 No Content${LINE_END}`,
  304: `HTTP/1.1 304 Not Modified${LINE_END}`,
};

/** Answers with lines that were made by `headLines` alone: no body, and so no length. */
export function answerEmpty(res: ServerResponse, status: 204 | 304, lines: string): void {
  const inside = res as Inside;
  const head = EMPTY_STATUS[status] + lines;
  res.statusCode = status;
  // To a client of HTTP/1.0 the end of what has no length is that of the connection.
  const goesOn = res.useChunkedEncodingByDefault;
  const end = goesOn ? endFor(res, inside) : undefined;
  if (end !== undefined) {
    sendThrough(res, inside, head + end, EMPTY);
    return;
  }
  res.writeHead(status, headersIn(lines));
  if (goesOn) learnEnd(res, inside, head.length);
  res.end();
}

/** How Node ends heads, `Date` and what follows it, in the second that it was learned in. */
const learned: { end: string; second: number; keepAliveMs: number | undefined } = {
  end: '', second: NaN, keepAliveMs: undefined,
}; // prettier-ignore

/** Whether a connection goes on after an answer, as nearly all do: the ends of others are not kept. */
const goesOn = (res: ServerResponse, inside: Inside): boolean =>
  res.shouldKeepAlive && res.sendDate && inside.maxRequestsOnConnectionReached !== true;

const thisSecond = (): number => Math.floor(Date.now() / 1_000);

/** The end of the head that Node would write; undefined where it has to be asked, or where answers before this one are still on their way. */
export function endFor(res: ServerResponse, inside: Inside): string | undefined {
  const { socket } = res;
  if (!socket || socket.destroyed || socket.writableLength > 0 || !goesOn(res, inside)) return undefined;
  const isKnown = learned.second === thisSecond() && learned.keepAliveMs === inside._keepAliveTimeout;
  return isKnown ? learned.end : undefined;
}

/** @param from where in the head its end begins */
function learnEnd(res: ServerResponse, inside: Inside, from: number): void {
  const { _header: head, _keepAliveTimeout: keepAliveMs } = inside;
  if (typeof head !== 'string' || !goesOn(res, inside)) return;
  Object.assign(learned, { end: head.slice(from), second: thisSecond(), keepAliveMs });
}

/** Writes head and body to the socket; the response ends as one that has written both. */
function sendThrough(res: ServerResponse, inside: Inside, head: string, body: Buffer): void {
  const socket = res.socket!;
  inside._header = head;
  inside._headerSent = true;
  if (body.length <= ONE_PIECE_BYTES) socket.write(head + body.toString('latin1'), 'latin1');
  else {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }
  finish(res, inside);
}

/** What Node's requests and their connections have besides what is documented. */
interface InsideRequest {
  _dumped?: boolean;
}
interface InsideSocket {
  readonly parser?: { incoming?: unknown };
}

/**
 * Ends an answer whose bytes were written. Node would read the request to its end through a stream and end the answer some turns later, which
 * takes more than a third of the time of a cached tile; where the kernel has all bytes and the request has no body, nothing is left to wait for.
 */
export function finish(res: ServerResponse, inside: Inside): void {
  const { req } = res;
  const socket = res.socket!;
  const { parser } = socket as InsideSocket;
  const hasBody =
    req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  if (hasBody || socket.writableLength > 0 || parser?.incoming !== req || !inside._finish) {
    res.end();
    return;
  }
  parser.incoming = null;
  (req as InsideRequest)._dumped = true;
  inside.finished = true;
  inside._finish();
  res.emit('finish');
}

/** The headers of lines again. */
export function headersIn(lines: string): string[] {
  return lines.split(LINE_END).flatMap((line) => {
    const colon = line.indexOf(': ');
    return colon === -1 ? [] : [line.slice(0, colon), line.slice(colon + 2)];
  });
}
