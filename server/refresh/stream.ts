import { createSession, type Session } from 'better-sse';
import type { Request, Response } from 'express';
import { AppError } from '../errors.ts';
import { clientOf } from '../http/requests/client.ts';
import type { Observe } from '../observe/events.ts';
import type { StreamEvent } from './events.ts';
import type { Change, Changes } from '../generations/changes.ts';
import { choroplethName } from '../sight/access.ts';
import type { Sight } from '../sight/sight.ts';

const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 2_000;
const KEYED_MS = 60_000;
/** A client that does not read is let go before it costs more memory than this; it will come back. */
const MAX_UNSENT_BYTES = 1_000_000;

/** `/events`: tells browsers which choropleths and layers have new data. */
export class EventStream {
  readonly #changes: Changes;
  readonly #maxClients: number;
  readonly #observe: Observe<StreamEvent>;
  /** Whose connection each is, the oldest first. */
  readonly #clients = new Map<Session, { res: Response; client: string; sight: Sight }>();
  #opening = 0;
  #closed = false;

  constructor(changes: Changes, maxClients: number, observe: Observe<StreamEvent>) {
    this.#changes = changes;
    this.#maxClients = maxClients;
    this.#observe = observe;
    changes.onChange((all) => {
      for (const [session, { res, sight }] of this.#clients) send(session, res, seen(all, sight));
    });
  }

  get clients(): number {
    return this.#clients.size + this.#opening;
  }

  /** @throws AppError `too_many_requests` (429), `shutting_down` (503). */
  async connect(req: Request, res: Response, sight: Sight): Promise<void> {
    if (this.#closed) throw new AppError('shutting_down');
    const client = clientOf(req);
    if (this.clients >= this.#maxClients && !this.#makeRoom(client)) {
      res.setHeader('Retry-After', '30');
      throw new AppError('too_many_requests', { detail: 'no more clients can listen to events now' });
    }
    this.#opening++;
    try {
      const session = await createSession(req, res, { retry: RECONNECT_MS, keepAlive: HEARTBEAT_MS });
      this.#clients.set(session, { res, client, sight });
      session.once('disconnected', () => {
        this.#clients.delete(session);
        this.#observe({ type: 'sse.disconnected', clients: this.clients });
      });
      // Nothing can come in between: what changes from now on is sent as it changes.
      send(session, res, seen(this.#changes.since(eventId(session.lastId)), sight));
      if (sight.viewer) endLater(session, res);
    } finally {
      this.#opening--;
    }
    this.#observe({ type: 'sse.connected', clients: this.clients });
    if (this.#closed) hangUp(res);
  }

  /**
   * Lets go the oldest connection of whoever has most, if that is more than the newcomer would have: nobody takes all
   * places. Browsers come back by themselves. False where the newcomer has to wait.
   */
  #makeRoom(newcomer: string): boolean {
    const counts = new Map<string, number>();
    for (const { client } of this.#clients.values()) counts.set(client, (counts.get(client) ?? 0) + 1);
    const [most, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    if (count <= (counts.get(newcomer) ?? 0) + 1) return false;
    for (const [session, { res, client }] of this.#clients) {
      if (client !== most) continue;
      this.#clients.delete(session);
      hangUp(res);
      return true;
    }
    return false;
  }

  /** Ends every connection, which otherwise would last as long as the server waits. */
  close(): void {
    this.#closed = true;
    for (const { res } of this.#clients.values()) hangUp(res);
  }
}

/** The connection too: kept alive, it would keep the server from stopping. */
function hangUp(res: Response): void {
  const { socket } = res;
  res.end(() => socket?.end());
}

/** What a listener may know of. */
function seen(changes: readonly Change[], sight: Sight): readonly Change[] {
  return changes.filter(({ kind, id, access }) =>
    sight.sees(access, kind === 'layer' ? id : choroplethName(id)),
  );
}

/** Who listens with a key shows it again from time to time: it may have ended. Browsers come back by themselves. */
function endLater(session: Session, res: Response): void {
  const timer = setTimeout(() => hangUp(res), KEYED_MS).unref();
  session.once('disconnected', () => clearTimeout(timer));
}

function send(session: Session, res: Response, changes: readonly Change[]): void {
  if (!session.isConnected) return;
  if (res.writableLength > MAX_UNSENT_BYTES) {
    res.destroy();
    return;
  }
  for (const { eventId: id, access: _, ...current } of changes)
    session.push(current, 'generation', String(id));
}

/** What a client says that it saw last; nonsense counts as nothing. */
function eventId(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
