import type { Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { RefreshContext } from './context.ts';
import type { RefreshEvent } from './events.ts';
import { publicNames } from './hidden.ts';
import { readFreshness, type DeltaFreshness, type Freshness, type ViewFreshness } from './freshness.ts';

/** Seconds: from a small view to one that takes half an hour. */
const REFRESH_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800];
/** One look at the database serves all that one scrape asks for. */
const FRESHNESS_KEPT_MS = 1_000;

/** Views and cubes are those of maps.yaml: there is an end to how many labels they make. */
export function refreshMetrics(instruments: Instruments, ctx: RefreshContext): Handlers<RefreshEvent> {
  const refreshes = instruments.counter(
    'refreshes_total',
    'Refreshes of materialized views, by how they went',
    ['view', 'outcome'],
  );
  const seconds = instruments.histogram(
    'refresh_duration_seconds',
    'Time of refreshes that succeeded',
    ['view'],
    REFRESH_BUCKETS,
  );
  instruments.gauge('event_clients', 'Browsers that listen for changes', () => ctx.events.clients);
  watchFreshness(instruments, ctx);
  const count =
    (outcome: string) =>
    ({ view }: { view: string }) =>
      refreshes.inc({ view: publicNames(ctx)(view), outcome });
  return {
    'refresh.finished': ({ view, ms }) => {
      const name = publicNames(ctx)(view);
      seconds.observe({ view: name }, ms / 1000);
      refreshes.inc({ view: name, outcome: 'finished' });
    },
    'refresh.skipped': count('skipped'),
    'refresh.retried': count('retried'),
    'refresh.failed': count('failed'),
    'refresh.abandoned': count('abandoned'),
  };
}

/** How fresh cubes are, as the database tells when somebody asks. */
function watchFreshness(instruments: Instruments, ctx: RefreshContext): void {
  let asked: { at: number; answer: Promise<Freshness> } | undefined;
  const read = (): Promise<Freshness> => {
    // Several gauges are read at a time.
    if (!asked || Date.now() - asked.at > FRESHNESS_KEPT_MS) {
      const none: Freshness = { views: [], deltas: [] };
      const answer = ctx.startup.state === 'ready' ? readFreshness(ctx).catch(() => none) : none;
      asked = { at: Date.now(), answer: Promise.resolve(answer) };
    }
    return asked.answer;
  };
  const views = (name: string, help: string, of: (view: ViewFreshness) => number | null): void =>
    instruments.labelled(name, help, 'view', async () => {
      const nameOf = publicNames(ctx);
      return (await read()).views.map((each) => [nameOf(each.view), of(each)]);
    });
  const deltas = (name: string, help: string, of: (cube: DeltaFreshness) => number): void =>
    instruments.labelled(name, help, 'cube', async () => {
      const nameOf = publicNames(ctx);
      return (await read()).deltas.map((each) => [nameOf(each.cube), of(each)]);
    });
  views('view_age_seconds', 'Age of what a refreshed view holds', (view) => view.ageSeconds);
  views('view_failing', 'Whether the last refresh of a view failed', (view) =>
    Number(view.lastError !== null),
  );
  views('view_lag_seconds', 'Age of committed data that is not served yet', (view) => view.lagSeconds);
  deltas('delta_waiting_rows', 'Changes that wait to be folded in', (cube) => cube.waiting);
  deltas('delta_waiting_seconds', 'Age of the oldest that waits', (cube) => cube.waitingSeconds);
}
