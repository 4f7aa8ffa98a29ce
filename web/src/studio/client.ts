import type { TileJson } from '../api.ts';
import { send } from '../api.ts';
import { LANGUAGE } from '../language.ts';

export interface RegionSet {
  id: string;
  table: string;
  code: string;
  name: string;
  layer?: string;
}
export interface PolygonLayer {
  id: string;
  title: string;
  table: string;
  geometry: string;
  columns: string[];
}
export interface Table {
  table: string;
  columns: { name: string; type: string }[];
}
export interface Sources {
  sets: RegionSet[];
  layers: PolygonLayer[];
  tables: Table[];
  maps: Writable;
}
export interface Writable {
  writable: boolean;
  reason?: 'no_file' | 'read_only';
}
export interface Preview extends TileJson {
  id: string;
  features: number;
  stats: Record<string, { type: string; distinct: number }>;
}
interface Named {
  code: string;
  name: string;
}
export interface OpenValue {
  value: string;
  parent?: string;
  rows: number;
  suggestions: Named[];
}
export interface Join {
  regions: number;
  matched: number;
  rows: { matched: number; additional: number };
  open: number;
  additional: OpenValue[];
  missing: number;
  unmatched: Named[];
  duplicates: (Named & { values: string[] })[];
}
export interface Classes {
  classes: { id: number; label: string; color: string; lower: number; upper: number; count: number }[];
  thresholds: number[];
  thresholdClasses: number[];
  noData: { color: string; count: number };
}
export interface DraftColumn {
  name: string;
  kind: 'number' | 'text' | 'other';
  distinct: number;
  isYear: boolean;
  addsUp: boolean;
}
export interface Draft {
  column: string;
  columns: DraftColumn[];
  join: Join;
  layer?: { id: string; code: string; name: string };
  maps: Writable;
  /** Where a metric was given. */
  id?: string;
  classes?: Classes;
  values?: [code: string, status: 'ok' | 'suppressed' | 'no_data', value: number | null, name: string][];
  suppressed?: number;
  notes?: string[];
  sql?: string;
  lines?: string;
}
export interface Brought {
  table: string;
  geometry: string;
  code: string;
  name: string;
  rows: number;
}

/** The routes of the studio, asked with a key that this object alone holds. */
export class StudioClient {
  readonly #key: string;
  /** Fires when the key is forgotten. */
  readonly signal: AbortSignal;
  #drafting: AbortController | undefined;

  constructor(key: string, signal: AbortSignal) {
    this.#key = key;
    this.signal = signal;
  }

  /** For tiles of layers that only the key opens. */
  get headers(): Record<string, string> {
    return { 'X-API-Key': this.#key };
  }

  sources = (): Promise<Sources> => this.#json('studio/sources');

  tileJson = (layer: string): Promise<TileJson> => this.#json(`tiles/${encodeURIComponent(layer)}.json`);

  preview = (file: File): Promise<Preview> =>
    this.#json(`previews?${new URLSearchParams({ name: file.name.slice(0, 200) }).toString()}`, {
      method: 'POST',
      body: file,
      headers: { 'Content-Type': 'application/geo+json' },
    });

  bringRegions = (body: object): Promise<Brought> => this.#json('studio/regions', posted(body));

  bringTable = (table: string, decimal: string, file: File): Promise<{ table: string; rows: number }> =>
    this.#json(`studio/tables?${new URLSearchParams({ table, ...(decimal && { decimal }) }).toString()}`, {
      method: 'POST',
      body: file,
      headers: { 'Content-Type': 'text/csv' },
    });

  /** A newer question ends the one before it. */
  draft(body: object): Promise<Draft> {
    this.#drafting?.abort();
    this.#drafting = new AbortController();
    const signal = AbortSignal.any([this.signal, this.#drafting.signal]);
    return this.#json('studio/draft', { ...posted({ ...body, locale: LANGUAGE }), signal });
  }

  apply = (body: object): Promise<{ id: string; served: boolean }> =>
    this.#json('studio/apply', posted(body));

  async #json<T>(path: string, request: RequestInit = {}): Promise<T> {
    const headers = { ...this.headers, ...(request.headers as Record<string, string> | undefined) };
    const response = await send(path, {
      cache: 'no-store',
      signal: this.signal,
      ...request,
      headers,
    } as never);
    return (await response.json()) as T;
  }
}

const posted = (body: object): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
});
