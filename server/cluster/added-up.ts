import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { CollectedMetrics } from './messages.ts';

/** What the cluster tells of itself. */
interface OfCluster {
  readonly workers: number;
  readonly restarts: number;
  readonly reloads: number;
}

/** The metrics of all workers together, and those of the cluster, as Prometheus reads them. */
export async function addedUp(
  metrics: CollectedMetrics,
  { workers, restarts, reloads }: OfCluster,
): Promise<string> {
  const own = new Registry();
  const registers = [own];
  new Counter({
    name: 'chorograph_worker_restarts_total',
    help: 'Workers started again after they ended by themselves',
    registers,
  }).inc(restarts);
  new Counter({
    name: 'chorograph_worker_reloads_total',
    help: 'Rolling replacements of all workers',
    registers,
  }).inc(reloads);
  new Gauge({ name: 'chorograph_workers', help: 'Workers that serve', registers }).set(workers);
  return (await AggregatorRegistry.aggregate(metrics).metrics()) + (await own.metrics());
}
