import type { Metrics } from '../observe/metrics.ts';
import type { FromPrimary, FromWorker } from './messages.ts';

/** A primary that is too busy to add up metrics must not hold up who asks for them. */
const METRICS_TIMEOUT_MS = 5_000;

type Told = Extract<FromPrimary, { type: 'chorograph:metrics' }>['told'];

const wanted = new Map<number, (told: Told | undefined) => void>();
let lastId = 0;

/** Serves the primary: metrics when it collects them, `drain` when another process takes over. */
export function joinCluster(metrics: Metrics, drain: () => void): void {
  metrics.addUp({
    text: async () => asText(await askPrimary('text')),
    slowest: async () => asTiles(await askPrimary('slowest')),
  });
  process.on('message', (message: FromPrimary) => {
    if (message.type === 'chorograph:drain') drain();
    if (message.type === 'chorograph:metrics') wanted.get(message.id)?.(message.told);
    if (message.type === 'chorograph:collect') {
      void Promise.all(metrics.registries.map((registry) => registry.getMetricsAsJSON())).then((collected) =>
        tell({
          type: 'chorograph:collected',
          id: message.id,
          metrics: collected,
          slowest: metrics.slowest.list(),
        }),
      );
    }
  });
}

/**
 * Resolves when this process may take connections: the primary decides, as one that could not serve yet would turn
 * away whom another can.
 * @param prepared resolves when it could serve
 */
export async function whenToListen(prepared: Promise<void>): Promise<void> {
  const told = new Promise<void>((resolve) => {
    const onMessage = (message: FromPrimary): void => {
      if (message.type !== 'chorograph:listen') return;
      process.off('message', onMessage);
      resolve();
    };
    process.on('message', onMessage);
  });
  tell({ type: 'chorograph:asks-to-listen', isPrepared: false });
  prepared.then(
    () => tell({ type: 'chorograph:asks-to-listen', isPrepared: true }),
    () => {}, // whoever started it is told
  );
  await told;
}

export function tellReady(url: string): void {
  tell({ type: 'chorograph:ready', url });
}

/** Says something at the primary's terminal; what several workers say is said once. */
export function tellProgress(text: string): void {
  tell({ type: 'chorograph:progress', text });
}

/** Says why this process, and so the program, cannot run; resolves when that is told, as the process ends then. */
export function tellRefused(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) return resolve();
    process.send({ type: 'chorograph:refused', text } satisfies FromWorker, undefined, {}, () => resolve());
  });
}

const asText = (told: Told | undefined) => (typeof told === 'string' ? told : undefined);
const asTiles = (told: Told | undefined) => (typeof told === 'string' ? undefined : told);

/** What all workers tell together; undefined where the primary does not tell it in time. */
async function askPrimary(what: 'text' | 'slowest'): Promise<Told | undefined> {
  const id = ++lastId;
  return new Promise((resolve) => {
    const settle = (told: Told | undefined): void => {
      clearTimeout(timer);
      wanted.delete(id);
      resolve(told);
    };
    const timer = setTimeout(settle, METRICS_TIMEOUT_MS, undefined);
    wanted.set(id, settle);
    tell({ type: 'chorograph:metrics-wanted', id, what });
  });
}

function tell(message: FromWorker): void {
  // Between the primary's death and ours nobody listens.
  if (process.connected) process.send?.(message);
}
