import { AppError, shorten } from '../errors.ts';
import type { Database } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import { sqlFile } from '../db/files.ts';
import { PUBLIC, type Looking, type Sight } from '../sight/sight.ts';
import type { LayerConfig, LayerMaps } from './maps.ts';
import { accessOf, withoutColumns } from './publishing.ts';
import { discover, type DiscoverOptions } from './discovery/discover.ts';
import { Samples } from './discovery/samples.ts';
import { relationName, type Layer, type LayerProblem, type TableLayer } from './types.ts';

export interface CatalogEvent {
  type: 'catalog.loaded';
  layers: number;
  problems: number;
  ms: number;
}

/** What of `maps.yaml` names relations to publish. */
export interface CatalogMaps extends LayerMaps {
  readonly regions: Readonly<Record<string, { readonly table: string }>>;
}

export interface CatalogOptions extends Pick<DiscoverOptions, 'schemas' | 'defaultSrid'> {
  /** Relations that are looked at at once; 2 where absent. */
  readonly parallel?: number;
}

/** `grown`: there are layers that there were not, and none of the others is another than before. */
export type ChangeKind = 'grown' | 'changed';

/** Anybody may ask for a layer that is not there: whether it came to be is looked for so often at most. */
const LOOK_EVERY_MS = 1_000;

/** What the database publishes, as discovery last saw it. One immutable snapshot at a time. */
export class Catalog {
  #layers: ReadonlyMap<string, Layer> = new Map();
  /** Layers that `maps.yaml` gave another id stay reachable by the one they had. */
  #byDatabaseName: ReadonlyMap<string, Layer> = new Map();
  #absent: ReadonlyMap<string, LayerProblem> = new Map();
  #loading: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #handlers: ((kind: ChangeKind) => void)[] = [];
  /** Grows with every discovery that found something changed. */
  #version = 0;
  #isRestricted = false;
  readonly #db: Database;
  readonly #maps: CatalogMaps;
  readonly #options: CatalogOptions;
  readonly #samples: Samples;
  /** Of the database when the layers were read. */
  #signature: string | undefined;
  #looking: Promise<boolean> | undefined;
  #lookedAt = -Infinity;
  readonly #observe: Observe<CatalogEvent>;

  constructor(db: Database, maps: CatalogMaps, options: CatalogOptions, observe: Observe<CatalogEvent>) {
    this.#db = db;
    this.#maps = maps;
    this.#options = options;
    this.#observe = observe;
    this.#samples = new Samples(db, options.parallel ?? 2, () => void this.reload().catch(() => {}));
  }

  get version(): number {
    return this.#version;
  }

  /** Every layer, those that cannot be served included. */
  all(): Layer[] {
    return [...this.#layers.values()];
  }

  /** Those that one may see. */
  seen(sight: Looking): Layer[] {
    return this.all().filter(({ id, access }) => sight.sees(access, id));
  }

  /** Whether there is anything that not everybody may see. */
  get isRestricted(): boolean {
    return this.#isRestricted;
  }

  /** Whether everybody may know of what has this id, or of nothing that has it. */
  isPublic(id: string): boolean {
    if (!this.#isRestricted) return true;
    const layer = this.#layers.get(id) ?? this.#byDatabaseName.get(id);
    return layer ? layer.access === undefined : this.#seesAbsent(id, PUBLIC);
  }

  /** Ids that `maps.yaml` gives to what the database does not have, as far as one may see them, and what that is. */
  absent(sight: Looking = PUBLIC): ReadonlyMap<string, LayerProblem> {
    return new Map([...this.#absent].filter(([id]) => this.#seesAbsent(id, sight)));
  }

  #seesAbsent(id: string, sight: Looking): boolean {
    const entry = this.#maps.layers[id];
    const relation = entry?.table ?? entry?.function ?? '';
    return sight.sees(accessOf(this.#maps, id, relation, entry).access, id);
  }

  /**
   * What one may not see is not there: it is refused in the same words.
   * @throws AppError `layer_not_found` (404), `layer_unservable` (501, with the reason).
   */
  layer(id: string, sight: Looking = PUBLIC): Layer {
    const known = this.#layers.get(id) ?? this.#byDatabaseName.get(id);
    const layer = known && sight.sees(known.access, known.id) ? known : undefined;
    const absent = known || !this.#seesAbsent(id, sight) ? undefined : this.#absent.get(id);
    if (absent) throw new AppError('layer_unservable', { detail: absent.detail, reason: absent.reason });
    if (!layer) throw new AppError('layer_not_found', { detail: `there is no layer ${shorten(id, 60)}` });
    if (layer.problem?.reason === 'being_examined')
      throw new AppError('starting', { detail: `${layer.id}: ${layer.problem.detail}` });
    if (layer.problem) {
      throw new AppError('layer_unservable', { detail: layer.problem.detail, reason: layer.problem.reason });
    }
    if (layer.access !== undefined) sight.reached?.(layer.id);
    return layer;
  }

  /** A layer with rows. @throws AppError as `layer()`; `layer_not_found` for a function, which has none. */
  tableLayer(id: string, sight: Looking = PUBLIC): TableLayer {
    const layer = this.layer(id, sight);
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

  /** Whether one may see a relation: every layer that is made of it. */
  seesRelation(relation: string, sight: Sight): boolean {
    return this.all().every(
      (layer) => relationName(layer) !== relation || sight.sees(layer.access, layer.id),
    );
  }

  /** Whether the database was changed since the layers were read; reads them again where it was. */
  async refresh(): Promise<boolean> {
    if ((await this.#readSignature()) === this.#signature) return false;
    await this.reload();
    return true;
  }

  /** The same for somebody who asks for what is not known: at most once a second, whoever asks. */
  lookAgain(): Promise<boolean> {
    if (this.#looking) return this.#looking;
    if (performance.now() - this.#lookedAt < LOOK_EVERY_MS) return Promise.resolve(false);
    this.#lookedAt = performance.now();
    this.#looking = this.refresh()
      .catch(() => false)
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #readSignature(): Promise<string | undefined> {
    const [row] = await this.#db.run<{ signature: string }>(sqlFile('catalog/signature.sql'));
    return row?.signature;
  }

  /**
   * Runs discovery. One that is under way may have read what its caller already knows to be old, so
   * those who ask meanwhile share the one after it.
   */
  reload(): Promise<void> {
    if (!this.#loading) {
      this.#loading = this.#load().finally(() => (this.#loading = undefined));
      return this.#loading;
    }
    this.#queued ??= this.#loading
      .catch(() => {})
      .then(() => {
        this.#queued = undefined;
        return this.reload();
      });
    return this.#queued;
  }

  onChange(handler: (kind: ChangeKind) => void): void {
    this.#handlers.push(handler);
  }

  async #load(): Promise<void> {
    const started = performance.now();
    const reservedIds = Object.keys(this.#maps.layers);
    const { layers: entries, regions } = this.#maps;
    const bases = Object.values(entries).flatMap(({ base }) => base ?? []);
    const tables = [...Object.values(entries), ...Object.values(regions)].flatMap(({ table }) => table ?? []);
    const named = [...tables, ...bases];
    const signature = await this.#readSignature();
    const found = await discover(this.#db, { ...this.#options, reservedIds, named }, this.#samples);
    this.#signature = signature;
    const described = found.map((layer) => this.#describe(layer, found).map((one) => this.#asBefore(one)));
    const layers = described.flat();
    const next = new Map(layers.map((layer) => [layer.id, layer]));
    const absent = this.#findAbsent(found);
    const changed =
      fingerprint(next, absent) !== fingerprint(this.#layers, this.#absent) || this.#version === 0;
    if (!changed) return;
    const kind = hasOnlyGrown(this.#layers, next) ? 'grown' : 'changed';
    this.#layers = next;
    this.#isRestricted = layers.some(({ access }) => access !== undefined) || this.#hidesAbsent(absent);
    this.#absent = absent;
    this.#byDatabaseName = new Map(found.map(({ id }, i) => [id, described[i]?.[0] as Layer]));
    this.#version++;
    this.#observe({
      type: 'catalog.loaded',
      layers: layers.length,
      problems: layers.filter((layer) => layer.problem).length,
      ms: Math.round(performance.now() - started),
    });
    for (const handler of this.#handlers) handler(kind);
  }

  /** The same object where nothing is new about it: what was made of it stands. */
  #asBefore(layer: Layer): Layer {
    const before = this.#layers.get(layer.id);
    return before && JSON.stringify(before) === JSON.stringify(layer) ? before : layer;
  }

  #hidesAbsent(absent: ReadonlyMap<string, LayerProblem>): boolean {
    return [...absent.keys()].some((id) => !this.#seesAbsent(id, PUBLIC));
  }

  /** A layer as `maps.yaml` names and describes it: once for each of its entries, else as the database does. */
  #describe(layer: Layer, found: readonly Layer[]): Layer[] {
    const configured = Object.entries(this.#maps.layers).filter(([, entry]) => isOf(entry, layer));
    const guard = (id: string, entry?: LayerConfig) => accessOf(this.#maps, id, relationName(layer), entry);
    if (configured.length === 0) {
      const access = this.#isBase(layer) ? { access: 'nobody' as const } : guard(layer.id);
      return [published(rowsApart({ ...layer, ...access }), false)];
    }
    return configured.map(([id, entry]) => {
      // A name that stands in no URL does no harm behind an id that does.
      const problem = layer.problem?.reason === 'name_not_addressable' ? undefined : layer.problem;
      const { title, description, attribution, minzoom, maxzoom, volatile = false } = entry;
      const said = Object.fromEntries(
        Object.entries({ title, description, attribution, minzoom, maxzoom }).filter(
          ([, value]) => value !== undefined,
        ),
      );
      const shown = withoutColumns(onBase(layer, entry, found), entry.withhold ?? []);
      return published(rowsApart({ ...shown, ...said, id, problem, ...guard(id, entry) }), volatile);
    });
  }

  /** What a view is to show some of is not shown whole. */
  #isBase(layer: Layer): boolean {
    return Object.values(this.#maps.layers).some(({ base }) => base === relationName(layer));
  }

  /** Entries of `maps.yaml` that no layer is of. */
  #findAbsent(found: readonly Layer[]): Map<string, LayerProblem> {
    const absent = Object.entries(this.#maps.layers).filter(
      ([, entry]) => !found.some((layer) => isOf(entry, layer)),
    );
    return new Map(absent.map(([id, entry]) => [id, absence(entry)]));
  }
}

function isOf(entry: LayerConfig, layer: Layer): boolean {
  if (layer.type === 'function') return entry.function === relationName(layer);
  const { column, isFirst } = layer.geometry;
  return (
    entry.table === relationName(layer) &&
    (entry.geometry === undefined ? isFirst : entry.geometry === column)
  );
}

/** A view with what it has of the table that it shows rows of: the key, if it is shown, and the index. */
function onBase(layer: Layer, { base }: LayerConfig, found: readonly Layer[]): Layer {
  if (layer.type !== 'table' || base === undefined) return layer;
  const { column } = layer.geometry;
  const table = found.find(
    (other): other is TableLayer =>
      other.type === 'table' && relationName(other) === base && other.geometry.column === column,
  );
  if (!table) return layer;
  const isShown = (name: string): boolean => layer.columns.some((each) => each.name === name);
  const { hasIndex, hasProjectedIndex } = table.geometry;
  return {
    ...layer,
    key: table.key?.columns.every(isShown) ? table.key : layer.key,
    geometry: { ...layer.geometry, hasIndex, ...(hasProjectedIndex ? { hasProjectedIndex } : {}) },
    estimatedRows: table.estimatedRows,
  };
}

function absence(entry: LayerConfig): LayerProblem {
  const what =
    entry.function === undefined
      ? `table or view ${entry.table} with a geometry column${entry.geometry === undefined ? '' : ` ${entry.geometry}`}`
      : `function ${entry.function} that takes z, x and y and returns bytea`;
  return { reason: 'not_in_database', detail: `maps.yaml names what is not there: a ${what}` };
}

/** Copies of all rows are of no use where each role sees others. */
const rowsApart = (layer: Layer): Layer => (layer.access === 'role' ? withoutCopies(layer) : layer);

/** The layer itself, which its copies are part of the version of, and of nothing else. */
function withoutCopies(layer: Layer): Layer {
  if (layer.type !== 'table' || !layer.overviews) return layer;
  const { overviews: _, ...own } = layer;
  return own;
}

/** Anybody may ask for a tile, so a function that is not promised to only read is not a layer by itself. */
function published(layer: Layer, isVolatileWanted: boolean): Layer {
  if (layer.type !== 'function' || !layer.volatile || isVolatileWanted || layer.problem) return layer;
  const detail =
    'the function is VOLATILE, so it may write: declare it STABLE, or set volatile: true in maps.yaml';
  return { ...layer, problem: { reason: 'volatile_function', detail } };
}

function hasOnlyGrown(before: ReadonlyMap<string, Layer>, after: ReadonlyMap<string, Layer>): boolean {
  return [...before].every(([id, layer]) => {
    const now = after.get(id);
    return now !== undefined && described(withoutCopies(now)) === described(withoutCopies(layer));
  });
}

function fingerprint(layers: ReadonlyMap<string, Layer>, absent: ReadonlyMap<string, LayerProblem>): string {
  return JSON.stringify([[...layers.values()].map(described), [...absent]]);
}

/** Row estimates drift all the time and change nothing that is served. */
function described(layer: Layer): string {
  return JSON.stringify({ ...layer, estimatedRows: 0 });
}
