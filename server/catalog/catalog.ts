import { AppError, shorten } from '../errors.ts';
import type { Queryable } from '../db/types.ts';
import type { Maps } from '../maps.ts';
import type { Observe } from '../observe/events.ts';
import { discover, type DiscoverOptions } from './discover.ts';
import { relationName, type Layer, type TableLayer } from './types.ts';

/** What the database publishes, as discovery last saw it. One immutable snapshot at a time. */
export class Catalog {
  #layers: ReadonlyMap<string, Layer> = new Map();
  /** Layers that `maps.yaml` gave another id stay reachable by the one they had. */
  #byDatabaseName: ReadonlyMap<string, Layer> = new Map();
  #loading: Promise<void> | undefined;
  #handlers: (() => void)[] = [];
  /** Grows with every discovery that found something changed. */
  #version = 0;
  readonly #db: Queryable;
  readonly #maps: Maps;
  readonly #options: DiscoverOptions;
  readonly #observe: Observe;

  constructor(db: Queryable, maps: Maps, options: DiscoverOptions, observe: Observe) {
    this.#db = db;
    this.#maps = maps;
    this.#options = options;
    this.#observe = observe;
  }

  get version(): number {
    return this.#version;
  }

  /** Every layer, those that cannot be served included. */
  all(): Layer[] {
    return [...this.#layers.values()];
  }

  /** @throws AppError `layer_not_found` (404), `layer_unservable` (501, with the reason). */
  layer(id: string): Layer {
    const layer = this.#layers.get(id) ?? this.#byDatabaseName.get(id);
    if (!layer) throw new AppError('layer_not_found', { detail: `there is no layer ${shorten(id, 60)}` });
    if (layer.problem) {
      throw new AppError('layer_unservable', { detail: layer.problem.detail, reason: layer.problem.reason });
    }
    return layer;
  }

  /** A layer with rows. @throws AppError as `layer()`; `layer_not_found` for a function, which has none. */
  tableLayer(id: string): TableLayer {
    const layer = this.layer(id);
    if (layer.type === 'table') return layer;
    throw new AppError('layer_not_found', {
      detail: `${layer.id} is a tile function: it has tiles but no features`,
    });
  }

  /** The layer of a relation (`schema.name`), by its first or a named geometry column. */
  ofRelation(relation: string, geometry?: string): TableLayer | undefined {
    return this.all().find(
      (layer): layer is TableLayer =>
        layer.type === 'table' &&
        relationName(layer) === relation &&
        (geometry === undefined || layer.geometry.column === geometry),
    );
  }

  /** Runs discovery; concurrent callers share one. */
  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  async #load(): Promise<void> {
    const started = performance.now();
    const found = await discover(this.#db, this.#options);
    const layers = found.map((layer) => this.#describe(layer));
    const next = new Map(layers.map((layer) => [layer.id, layer]));
    const changed = fingerprint(next) !== fingerprint(this.#layers) || this.#version === 0;
    if (!changed) return;
    this.#layers = next;
    this.#byDatabaseName = new Map(found.map(({ id }, i) => [id, layers[i] as Layer]));
    this.#version++;
    this.#observe({
      type: 'catalog.loaded',
      layers: layers.length,
      problems: layers.filter((layer) => layer.problem).length,
      ms: Math.round(performance.now() - started),
    });
    for (const handler of this.#handlers) handler();
  }

  /** Id, title and description from `maps.yaml` win over those of the database. */
  #describe(layer: Layer): Layer {
    const configured = Object.entries(this.#maps.layers).find(
      ([, { table, geometry }]) =>
        layer.type === 'table' &&
        table === relationName(layer) &&
        (geometry === undefined || geometry === layer.geometry.column),
    );
    if (!configured) return layer;
    const [id, { title = layer.title, description = layer.description }] = configured;
    return { ...layer, id, title, description };
  }
}

/** Row estimates drift all the time and change nothing that is served. */
function fingerprint(layers: ReadonlyMap<string, Layer>): string {
  return JSON.stringify([...layers.values()].map((layer) => ({ ...layer, estimatedRows: 0 })));
}
