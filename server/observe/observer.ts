import type { Logger } from 'pino';
import { LEVELS, logEvents, type Level, type Told } from './events.ts';
import type { Metrics } from './metrics.ts';

/** Every event goes to the log and to the metrics, so that they agree. */
export function observer(
  log: Logger,
  metrics: Metrics,
  told: readonly (Told | undefined)[],
): (event: Parameters<Metrics['observe']>[0]) => void {
  const levels: Record<string, Level> = Object.assign({}, LEVELS, ...told);
  const logged = logEvents(log, levels);
  return (event) => {
    logged(event);
    metrics.observe(event);
  };
}
