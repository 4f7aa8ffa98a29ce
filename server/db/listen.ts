import pg from 'pg';

interface ListenOptions {
  connection: pg.ClientConfig;
  channel: string;
  handler: (payload: string) => void;
  onReconnect?: (() => void) | undefined;
  log: { warn(fields: object, message: string): void };
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** A silent half-open connection is found by a query now and then, not by TCP hours later. */
const HEARTBEAT_MS = 20_000;

/**
 * A LISTEN connection of its own that reconnects with back-off until the returned stopper is called.
 * What is notified while it is cut off is lost, so `onReconnect` runs after every connect: poll there.
 */
export function listenOn(options: ListenOptions): () => void {
  let stopped = false;
  let delayMs = FIRST_DELAY_MS;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;

  const retry = (): void => {
    clearInterval(heartbeat);
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  };

  async function connect(): Promise<void> {
    const current = new pg.Client({ ...options.connection, application_name: 'chorograph listen' });
    client = current;
    const lost = (error?: Error): void => {
      if (client !== current || stopped) return;
      client = undefined;
      if (error) options.log.warn({ err: error }, 'the notification connection was lost');
      current.end().catch(() => {});
      retry();
    };
    current.on('error', lost);
    current.on('end', () => lost());
    current.on('notification', ({ payload }) => options.handler(payload ?? ''));
    try {
      await current.connect();
      await current.query(`listen ${pg.escapeIdentifier(options.channel)}`);
    } catch (error) {
      lost(error as Error);
      return;
    }
    if (stopped) return void current.end().catch(() => {});
    delayMs = FIRST_DELAY_MS;
    heartbeat = setInterval(() => {
      current.query({ text: 'select 1', query_timeout: 5_000 } as pg.QueryConfig).catch(lost);
    }, HEARTBEAT_MS);
    heartbeat.unref();
    options.onReconnect?.();
  }

  void connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(heartbeat);
    client?.end().catch(() => {});
  };
}
