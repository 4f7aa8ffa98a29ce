import { connect } from 'node:net';
import type pg from 'pg';

/** What a session was told when it began, so that what it runs can be cancelled from elsewhere. */
interface Session {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly processID?: unknown;
  readonly secretKey?: unknown;
}

/** The protocol's number for such a message. */
const CANCEL_REQUEST = 80877102;
const TIMEOUT_MS = 5_000;

/**
 * Asks PostgreSQL to cancel what a session runs, by the message that its protocol has for that. It needs no session
 * of its own, and so comes through where all connections are taken, and costs a fraction of one. Not sent where
 * connections are encrypted: what stands before such a server may drop what is not.
 * @returns whether PostgreSQL has it and has sent its signal, for it then closes the connection
 */
export function requestCancel(client: pg.ClientBase): Promise<boolean> {
  const { host, port, ssl, processID, secretKey } = client as unknown as Session;
  if (ssl || typeof processID !== 'number' || typeof secretKey !== 'number') return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    let isSent = false;
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
    socket.once('connect', () => socket.write(message(processID, secretKey), () => (isSent = true)));
    socket.once('error', () => (isSent = false));
    socket.once('close', () => resolve(isSent));
    socket.resume();
  });
}

function message(processID: number, secretKey: number): Buffer {
  const bytes = Buffer.alloc(16);
  [16, CANCEL_REQUEST, processID, secretKey].forEach((value, i) => bytes.writeInt32BE(value | 0, i * 4));
  return bytes;
}
