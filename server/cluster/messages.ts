import type { Registry } from 'prom-client';

/** The metrics of one process, as another can add them to its own. */
export type CollectedMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[];

/** What a worker tells the primary. */
export type FromWorker =
  | { type: 'chorograph:ready'; url: string }
  /** Something for the person at the terminal. */
  | { type: 'chorograph:progress'; text: string }
  /** Somebody asked this worker for the metrics of all. */
  | { type: 'chorograph:metrics-wanted'; id: number }
  /** Its own metrics, as asked for by `collect`. */
  | { type: 'chorograph:collected'; id: number; metrics: CollectedMetrics };

/** What the primary tells a worker. */
export type FromPrimary =
  /** Take no new connections, let those that are there end, and exit. */
  | { type: 'chorograph:drain' }
  | { type: 'chorograph:collect'; id: number }
  | { type: 'chorograph:metrics'; id: number; text: string };
