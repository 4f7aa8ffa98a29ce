import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { rawProblem, writtenProblem } from '../answers/problem.ts';
import type { Dressed } from '../past-express/dressed.ts';
import { boundClients } from './clients.ts';

/** How long a connection may stay idle. Longer than common balancers keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 72_000;
/** A client that takes longer than this to send its headers is not sending a request. */
const HEADERS_MS = 20_000;

/** Characters that a URL may have. */
const MAX_URL = 16_000;
/**
 * Bytes of a request's head that are read: of one that is longer and came in several packets nobody knows the method,
 * nor whether the answer may have a body, so this is some way beyond what is taken.
 */
const MAX_HEAD = 49_152;

/** Listens; rejects where the address cannot be had. `onFull`: as of `boundClients`. */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  dressed: Dressed,
  listener: RequestListener,
  onFull: (most: number) => void,
): Promise<Server> {
  const options = {
    ...dressed,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_MS,
    maxHeaderSize: MAX_HEAD,
  };
  const server = createServer(options, (request, response) => {
    if (request.url!.length > MAX_URL) refuseUrl(response);
    else listener(request, response);
  });
  server.on('clientError', refuse);
  boundClients(server, onFull);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return server;
}

/** Takes no new connections; those that are there may ask for `ms` more. */
export async function linger(server: Server, ms: number): Promise<void> {
  // The HTTP server's own close() would cut idle connections, on which a request may be under way.
  NetServer.prototype.close.call(server);
  await sleep(ms);
}

/** Lets running answers finish; what is not done by the deadline is cut. */
export async function drain(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that becomes idle after this moment would otherwise be kept alive for seconds.
  const closingIdle = setInterval(() => server.closeIdleConnections(), 20);
  const deadline = new AbortController();
  await Promise.race([closed, sleep(deadlineMs, undefined, { signal: deadline.signal }).catch(() => {})]);
  deadline.abort();
  clearInterval(closingIdle);
  server.closeAllConnections();
  await closed;
}

/** Where a listening server is reached from this machine. */
export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Requests that never become one: too long, or not HTTP. */
function refuse(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const start = error.rawPacket?.subarray(0, 8).toString('latin1') ?? '';
  socket.end(rawProblem(new AppError(tooLong ? 'uri_too_long' : 'bad_request'), bodyFor(start, tooLong)));
}

/** Of what began in an earlier packet it is unknown what was asked for: without a body the answer is right for all. */
function bodyFor(start: string, tooLong: boolean): 'body' | 'length' | 'nothing' {
  if (start.startsWith('HEAD ')) return 'length';
  return !tooLong || METHOD.test(start) ? 'body' : 'nothing';
}

const METHOD = /^(GET|POST|PUT|PATCH|DELETE|OPTIONS) /;

function refuseUrl(response: ServerResponse): void {
  const { status, type, requestId, body } = writtenProblem(new AppError('uri_too_long'));
  const headers = {
    'Content-Type': type,
    'X-Request-Id': requestId,
    'Content-Length': Buffer.byteLength(body),
  };
  response.writeHead(status, { ...headers, Connection: 'close' }).end(body);
}
