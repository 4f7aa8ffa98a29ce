import type { Registry } from 'prom-client';
import type { SlowTile } from '../observe/slowest.ts';

/** The metrics of one process, as another can add them to its own. */
export type CollectedMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[];

/** What one process has to tell of how it goes. */
export interface Collected {
  readonly metrics: CollectedMetrics;
  readonly slowest: readonly SlowTile[];
}

/** What a worker tells the primary. */
export type FromWorker =
  | { type: 'chorograph:ready'; url: string }
  /** It asks whether to take connections, when it begins, and again when it could serve. */
  | { type: 'chorograph:asks-to-listen'; isPrepared: boolean }
  /** Something for the person at the terminal. */
  | { type: 'chorograph:progress'; text: string }
  /** Why it cannot run at all, for that person. */
  | { type: 'chorograph:refused'; text: string }
  /** Somebody asked this worker for the metrics, or the slowest tiles, of all. */
  | { type: 'chorograph:metrics-wanted'; id: number; what: 'text' | 'slowest' }
  /** Its own, as asked for by `collect`. */
  | ({ type: 'chorograph:collected'; id: number } & Collected);

/** What the primary tells a worker. */
export type FromPrimary =
  /** Take connections. */
  | { type: 'chorograph:listen' }
  /** Take no new connections, let those that are there end, and exit. */
  | { type: 'chorograph:drain' }
  | { type: 'chorograph:collect'; id: number }
  | { type: 'chorograph:metrics'; id: number; told: string | readonly SlowTile[] };
