import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { rawProblem } from './problem.ts';

/** How long a connection may stay idle. Longer than common balancers keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 72_000;
/** A client that takes longer than this to send its headers is not sending a request. */
const HEADERS_MS = 20_000;

/** Listens; rejects where the address cannot be had. */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  listener: RequestListener,
): Promise<Server> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS }, listener);
  server.on('clientError', refuse);
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
  const isHead = error.rawPacket?.subarray(0, 5).toString('latin1') === 'HEAD ';
  socket.end(rawProblem(new AppError(tooLong ? 'uri_too_long' : 'bad_request'), isHead));
}
