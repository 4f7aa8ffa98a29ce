import { createSession, type Session } from 'better-sse';
import type { Request, Response } from 'express';
import { AppError } from '../errors.ts';
import type { Observe } from '../observe/events.ts';
import type { StreamEvent } from './events.ts';
import type { Change, Changes } from './changes.ts';

const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 2_000;
/** A client that does not read is let go before it costs more memory than this; it will come back. */
const MAX_UNSENT_BYTES = 1_000_000;

/** `/events`: tells browsers which choropleths and layers have new data. */
export class EventStream {
  readonly #changes: Changes;
  readonly #maxClients: number;
  readonly #observe: Observe<StreamEvent>;
  readonly #clients = new Map<Session, Response>();
  #opening = 0;
  #closed = false;

  constructor(changes: Changes, maxClients: number, observe: Observe<StreamEvent>) {
    this.#changes = changes;
    this.#maxClients = maxClients;
    this.#observe = observe;
    changes.onChange((all) => {
      for (const [session, res] of this.#clients) send(session, res, all);
    });
  }

  get clients(): number {
    return this.#clients.size + this.#opening;
  }

  /** @throws AppError `too_many_requests` (429), `shutting_down` (503). */
  async connect(req: Request, res: Response): Promise<void> {
    if (this.#closed) throw new AppError('shutting_down');
    if (this.clients >= this.#maxClients) {
      res.setHeader('Retry-After', '30');
      throw new AppError('too_many_requests', { detail: 'no more clients can listen to events now' });
    }
    this.#opening++;
    try {
      const session = await createSession(req, res, { retry: RECONNECT_MS, keepAlive: HEARTBEAT_MS });
      this.#clients.set(session, res);
      session.once('disconnected', () => {
        this.#clients.delete(session);
        this.#observe({ type: 'sse.disconnected', clients: this.clients });
      });
      // Nothing can come in between: what changes from now on is sent as it changes.
      send(session, res, this.#changes.since(eventId(session.lastId)));
    } finally {
      this.#opening--;
    }
    this.#observe({ type: 'sse.connected', clients: this.clients });
    if (this.#closed) hangUp(res);
  }

  /** Ends every connection, which otherwise would last as long as the server waits. */
  close(): void {
    this.#closed = true;
    for (const res of this.#clients.values()) hangUp(res);
  }
}

/** The connection too: kept alive, it would keep the server from stopping. */
function hangUp(res: Response): void {
  const { socket } = res;
  res.end(() => socket?.end());
}

function send(session: Session, res: Response, changes: readonly Change[]): void {
  if (!session.isConnected) return;
  if (res.writableLength > MAX_UNSENT_BYTES) {
    res.destroy();
    return;
  }
  for (const { eventId: id, ...current } of changes) session.push(current, 'generation', String(id));
}

/** What a client says that it saw last; nonsense counts as nothing. */
function eventId(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
