import { send } from '../api.ts';
import { readMetrics, type Samples } from './prometheus.ts';

export interface Count {
  value: string;
  events: number;
}
export interface Stats {
  events: number;
  bySeverity: Count[];
  byOutcome: Count[];
  byAction: Count[];
  byActor: Count[];
  /** Newest first; steps without events are left out. */
  byTime: { from: string; events: number; grave: number | null; refused: number | null }[];
}
export interface Entry {
  seq: number;
  chain: string;
  at: string;
  severity: string;
  action: string;
  actor: string;
  object: string | null;
  outcome: string;
  times: number;
  note: string | null;
}
export interface View {
  view: string;
  choropleths: string[];
  nextAt: string | null;
  asOf: string | null;
}
export interface Run {
  view: string;
  status: string;
  queuedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
  rows: number | null;
  rowsChanged: number | null;
}
export interface SlowTile {
  layer: string;
  engine: string;
  z: number;
  x: number;
  y: number;
  ms: number;
  bytes: number;
  at: string;
  times: number;
}
export interface Refreshes {
  views: View[];
  runs: Run[];
}
export interface Health {
  status: string;
  uptimeSeconds: number;
  checks: Record<string, { status: string; detail?: string }>;
}

/** The operator's routes, asked with a key that this object alone holds. */
export class Client {
  readonly #key: string;
  readonly #signal: AbortSignal;

  constructor(key: string, signal: AbortSignal) {
    this.#key = key;
    this.#signal = signal;
  }

  stats = (from: Date, step: string): Promise<Stats> =>
    this.#json(`audit/stats?${new URLSearchParams({ from: from.toISOString(), step, top: '8' }).toString()}`);

  entries = async (filter: Record<string, string>): Promise<Entry[]> =>
    (
      await this.#json<{ entries: Entry[] }>(
        `audit?${new URLSearchParams({ ...filter, limit: '25' }).toString()}`,
      )
    ).entries;

  refreshes = (): Promise<Refreshes> => this.#json('refreshes?limit=200');

  slowest = async (): Promise<SlowTile[]> =>
    (await this.#json<{ tiles: SlowTile[] }>('metrics/slowest')).tiles;

  refresh = (choropleth: string): Promise<unknown> =>
    this.#json(`gis/choropleth/${encodeURIComponent(choropleth)}/refresh`, 'POST');

  /** Also where the server is not well: then it is told with a 503. */
  async health(): Promise<Health> {
    const response = await fetch('health', this.#request());
    return (await response.json()) as Health;
  }

  /** What the server counts, as Prometheus reads it; undefined where that is kept inside. */
  async metrics(): Promise<Samples | undefined> {
    const response = await fetch('metrics', this.#request()).catch(() => undefined);
    return response?.ok ? readMetrics(await response.text()) : undefined;
  }

  async #json<T>(path: string, method = 'GET'): Promise<T> {
    return (await (await send(path, { ...this.#request(), method })).json()) as T;
  }

  #request(): RequestInit & { signal: AbortSignal } {
    return { signal: this.#signal, cache: 'no-store', headers: { 'X-API-Key': this.#key } };
  }
}
