/**
 * Serves PGlite's one session to PostgreSQL clients on a unix socket, in place of pglite-socket, which
 * interleaves the Parse/Bind/Execute messages of different clients, stops answering for good after one
 * failed message, and leaves a transaction open when its client goes away while BEGIN is on its way.
 *
 * - A client's messages are collected up to Sync (or a simple query) and run as one piece.
 * - A client inside a transaction keeps the session until it ends; the others wait in order of arrival.
 * - A client that goes away has its transaction rolled back; when the last one goes, the session is reset.
 * - Notifications reach every client at once, so an ordinary `LISTEN` client works.
 *
 * What stays shared is the session: settings, temporary tables, and the names of prepared statements.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { FrameReader, SYNC, backendMessages, queryMessage } from './frames.ts';
import type { FrontendFrame } from './frames.ts';

/** What the wire needs of the database. */
export interface Session {
  /** Answers one or more complete messages. */
  exec(messages: Uint8Array): Promise<Buffer>;
  inTransaction(): boolean;
}

interface Client {
  readonly socket: Socket;
  /** Messages since the last Sync. */
  pending: Buffer[];
  /** True between a Flush and its Sync: a portal may be open half-way through. */
  unsynced: boolean;
}

interface Job {
  client: Client;
  messages: Buffer;
  unsynced: boolean;
}

export class WireServer {
  readonly #session: Session;
  readonly #greeting: Buffer;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  #jobs: Job[] = [];
  #owner: Client | undefined;
  #leavers: Client[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  /** `greeting` is the database's answer to a startup packet; every client gets the same. */
  constructor(session: Session, greeting: Buffer) {
    this.#session = session;
    this.#greeting = greeting;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(path, resolve);
    });
  }

  /** Ends every connection; resolves after the query that is running. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#server.close();
    this.#jobs = [];
    for (const client of this.#clients) client.socket.destroy();
    await this.#running;
  }

  #accept(socket: Socket): void {
    const client: Client = { socket, pending: [], unsynced: false };
    const reader = new FrameReader();
    this.#clients.add(client);
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#receive(client, frame);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#leave(client));
  }

  #receive(client: Client, frame: FrontendFrame): void {
    switch (frame.kind) {
      case 'encryption':
        client.socket.write('N');
        return;
      case 'cancel': // nothing could stop WebAssembly half-way; the protocol expects no answer
        client.socket.end();
        return;
      case 'startup':
        client.socket.write(this.#greeting);
        return;
      case 'message':
        this.#collect(client, frame.type, frame.bytes);
    }
  }

  #collect(client: Client, type: string, bytes: Buffer): void {
    if (type === 'X') {
      client.socket.end();
      return;
    }
    client.pending.push(bytes);
    const flush = type === 'H';
    if (!flush && type !== 'S' && type !== 'Q' && type !== 'F') return;
    this.#jobs.push({ client, messages: Buffer.concat(client.pending), unsynced: flush });
    client.pending = [];
    this.#start();
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    this.#jobs = this.#jobs.filter((job) => job.client !== client);
    this.#leavers.push(client);
    this.#start();
  }

  #start(): void {
    if (this.#closed) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      const leaver = this.#leavers.shift();
      if (leaver) {
        await this.#release(leaver);
        continue;
      }
      const job = this.#next();
      if (!job) return;
      await this.#run(job);
    }
  }

  #next(): Job | undefined {
    const index = this.#owner ? this.#jobs.findIndex((job) => job.client === this.#owner) : 0;
    return index < 0 ? undefined : this.#jobs.splice(index, 1)[0];
  }

  async #run({ client, messages, unsynced }: Job): Promise<void> {
    this.#answer(client, await this.#session.exec(messages));
    client.unsynced = unsynced;
    this.#owner = unsynced || this.#session.inTransaction() ? client : undefined;
  }

  #answer(client: Client, answer: Buffer): void {
    if (client.socket.writable) client.socket.write(answer);
    const notifications = backendMessages(answer, 'A');
    if (notifications.length === 0) return;
    const bytes = Buffer.concat(notifications);
    for (const other of this.#clients) {
      if (other !== client && other.socket.writable) other.socket.write(bytes);
    }
  }

  /** Leaves nothing of a client behind that went away. */
  async #release(client: Client): Promise<void> {
    if (this.#owner === client) {
      if (client.unsynced) await this.#session.exec(SYNC);
      if (this.#session.inTransaction()) await this.#session.exec(queryMessage('rollback'));
      this.#owner = undefined;
    }
    if (this.#clients.size === 0) await this.#session.exec(queryMessage('discard all'));
  }
}
