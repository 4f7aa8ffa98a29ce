import pg from 'pg';

interface ListenerOptions {
  connection: pg.ClientConfig;
  /** False where LISTEN would be refused or, behind a pooler, do nothing: asked before every attempt. */
  mayListen?: () => boolean | Promise<boolean>;
  log: { warn(fields: object, message: string): void };
}

interface Ear {
  readonly handler: (payload: string) => void;
  readonly onReconnect: (() => void) | undefined;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** A silent half-open connection is found by a query now and then, not by TCP hours later. */
const HEARTBEAT_MS = 20_000;

/**
 * One connection of its own for all channels, from the first that is listened to. It reconnects with
 * back-off. What is notified while it is cut off is lost, so `onReconnect` runs after every connect: poll there.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #ears = new Map<string, Set<Ear>>();
  #client: pg.Client | undefined;
  #isListening = false;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #started = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Whether notifications arrive now. */
  get isListening(): boolean {
    return this.#isListening;
  }

  listen(channel: string, handler: (payload: string) => void, onReconnect?: () => void): () => void {
    const ear: Ear = { handler, onReconnect };
    const ears = this.#ears.get(channel) ?? new Set();
    this.#ears.set(channel, ears.add(ear));
    if (!this.#started) {
      this.#started = true;
      void this.#connect();
    } else if (this.#isListening && this.#client) {
      const client = this.#client;
      client.query(listenTo(channel)).then(
        () => onReconnect?.(),
        (error: Error) => this.#lost(client, error),
      );
    }
    return () => {
      ears.delete(ear);
      if ([...this.#ears.values()].every(({ size }) => size === 0)) this.stop();
    };
  }

  /** Until somebody listens again. */
  stop(): void {
    const client = this.#client;
    this.#started = false;
    this.#forget();
    client?.end().catch(() => {});
  }

  #forget(): void {
    this.#client = undefined;
    this.#isListening = false;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...this.#options.connection, application_name: 'chorograph listen' });
    this.#client = client;
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ channel, payload }) => {
      for (const { handler } of this.#ears.get(channel) ?? []) handler(payload ?? '');
    });
    try {
      if (!((await this.#options.mayListen?.()) ?? true)) return this.#lost(client);
      await client.connect();
      for (const channel of this.#ears.keys()) await client.query(listenTo(channel));
    } catch (error) {
      return this.#lost(client, error as Error);
    }
    if (this.#client !== client) return void client.end().catch(() => {}); // stopped meanwhile
    this.#isListening = true;
    this.#delayMs = FIRST_DELAY_MS;
    this.#heartbeat = setInterval(() => {
      client
        .query({ text: 'select 1', query_timeout: 5_000 } as pg.QueryConfig)
        .catch((error: Error) => this.#lost(client, error));
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
    for (const ears of this.#ears.values()) for (const { onReconnect } of ears) onReconnect?.();
  }

  #lost(client: pg.Client, error?: Error): void {
    if (this.#client !== client) return;
    this.#forget();
    if (error) this.#options.log.warn({ err: error }, 'the notification connection was lost');
    client.end().catch(() => {});
    this.#timer = setTimeout(() => void this.#connect(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }
}

function listenTo(channel: string): string {
  return `listen ${pg.escapeIdentifier(channel)}`;
}
