import type { Geometry } from 'geojson';
import { LRUCache } from 'lru-cache';
import { geometryInDegrees, number, plainGeometry, tileValue } from '../catalog/expressions.ts';
import type { Filter } from '../catalog/filters.ts';
import type { Column, TableLayer } from '../catalog/types.ts';
import { ident, join, sql } from '../db/sql.ts';
import type { Database } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import { MAX_ZOOM } from './grid.ts';
import { buildTileIndex, type TileIndex } from './index.ts';
import type { LayerFeature, PropertyValue, TileCoord } from './types.ts';

/** A layer whose geometry and attributes are in memory, as of one generation. */
export interface MemoryLayer {
  readonly token: string;
  readonly index: TileIndex;
  /** Attributes by column name, and feature ids, by row. */
  readonly values: ReadonlyMap<string, readonly (PropertyValue | null)[]>;
  readonly ids: readonly (number | undefined)[];
  readonly rows: number;
  readonly geometries: readonly (Geometry | null)[];
}

export interface MemoryOptions {
  /** Vertices that all layers together may hold; a layer larger than that is not loaded. */
  maxVertices: number;
  /** Tile units around the tile that are drawn too. */
  buffer: number;
}

/** Rows and vertices above which a table of a real PostGIS is better asked for each tile. */
const SMALL = { rows: 50_000, vertices: 500_000 };
/** Decimal places of degrees that geometry is read with: 0.1 mm. */
const DIGITS = 9;
/** A view whose size takes longer to count than this is not small. */
const COUNT_TIMEOUT_MS = 3_000;

/** The layers in memory, loaded when first asked for and again when their generation changes. */
export class MemoryLayers {
  readonly #db: Database;
  readonly #options: MemoryOptions;
  readonly #observe: Observe;
  readonly #loaded: LRUCache<string, MemoryLayer>;
  readonly #loading = new Map<string, Promise<MemoryLayer>>();
  readonly #sizes = new Map<string, { token: string; fits: Promise<boolean> }>();

  constructor(db: Database, options: MemoryOptions, observe: Observe) {
    this.#db = db;
    this.#options = options;
    this.#observe = observe;
    this.#loaded = new LRUCache({
      maxSize: Math.max(1, options.maxVertices),
      sizeCalculation: (layer) => Math.max(1, layer.index.vertexCount + layer.rows),
    });
  }

  /**
   * Whether the layer should be served from memory: on real PostGIS only small ones, on the embedded
   * database, which has no `ST_AsMVT`, whatever fits the budget. Counted once per generation.
   */
  async fits(layer: TableLayer, token: string): Promise<boolean> {
    const limit = this.#limit();
    // The estimate spares a large table the counting.
    if (layer.estimatedRows > limit.rows) return false;
    const known = this.#sizes.get(layer.id);
    if (known?.token === token) return known.fits;
    const fits = this.#count(layer, limit).catch((error: unknown) => {
      this.#sizes.delete(layer.id);
      if (this.#db.hasMvt) return false;
      throw error;
    });
    this.#sizes.set(layer.id, { token, fits });
    return fits;
  }

  /** The layer as of `token` or newer; concurrent callers share one load. */
  async get(layer: TableLayer, token: string): Promise<MemoryLayer> {
    const loaded = this.#loaded.get(layer.id);
    if (loaded?.token === token) return loaded;
    const key = `${layer.id}@${token}`;
    let loading = this.#loading.get(key);
    if (!loading) {
      loading = this.#load(layer, token).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    try {
      return await loading;
    } catch (error) {
      // An older state is better than none while the database is away.
      const old = this.#loaded.get(layer.id);
      if (old) return old;
      throw error;
    }
  }

  /** Vertices (and rows) of the layers that are loaded. */
  get vertices(): number {
    return this.#loaded.calculatedSize;
  }

  /** Forgets everything: the schema changed. */
  clear(): void {
    this.#loaded.clear();
    this.#sizes.clear();
  }

  #limit(): { rows: number; vertices: number } {
    if (!this.#db.hasMvt) return { rows: this.#options.maxVertices, vertices: this.#options.maxVertices };
    return { rows: SMALL.rows, vertices: Math.min(SMALL.vertices, this.#options.maxVertices) };
  }

  async #count(layer: TableLayer, limit: { rows: number; vertices: number }): Promise<boolean> {
    const [size] = await this.#db.run<{ rows: number; vertices: number }>(
      sql`select count(*)::int as rows, coalesce(sum(st_npoints(g)), 0)::float8 as vertices
        from (select ${plainGeometry(layer)} as g from ${ident(layer.schema, layer.name)}
          limit ${number(limit.rows + 1)}) rows`,
      this.#db.hasMvt ? { timeoutMs: COUNT_TIMEOUT_MS } : {},
    );
    return size !== undefined && size.rows <= limit.rows && size.vertices <= limit.vertices;
  }

  async #load(layer: TableLayer, token: string): Promise<MemoryLayer> {
    const started = performance.now();
    const rows = await this.#db.run<RawRow>(loadQuery(layer));
    const geometries = rows.map((row) => (row.g === null ? null : (JSON.parse(row.g) as Geometry)));
    const index = buildTileIndex(
      geometries.map((geometry) => ({ geometry })),
      {
        maxZoom: MAX_ZOOM,
        buffer: this.#options.buffer,
        sharedBorders: true,
        keepCollapsed: false,
      },
    );
    const values = new Map(
      layer.columns.map((column, i): [string, (PropertyValue | null)[]] => [
        column.name,
        rows.map((row) => row[`c${i}`] ?? null),
      ]),
    );
    const idColumn = layer.key?.integer;
    const ids = rows.map((_, i) =>
      featureId(idColumn === undefined ? null : (values.get(idColumn)?.[i] ?? null)),
    );
    const loaded = { token, index, values, ids, rows: rows.length, geometries };
    this.#loaded.set(layer.id, loaded);
    this.#observe({
      type: 'layer.loaded',
      layer: layer.id,
      features: rows.length,
      vertices: index.vertexCount,
      ms: Math.round(performance.now() - started),
    });
    return loaded;
  }
}

interface RawRow {
  g: string | null;
  [column: `c${number}`]: PropertyValue | null;
}

/** Columns go by position, as any name may be taken by a table. */
function loadQuery(layer: TableLayer) {
  const columns = layer.columns.map((column, i) => sql`${tileValue(column)} as ${ident(`c${i}`)}`);
  const order = layer.key ? sql`order by ${join(layer.key.columns.map((name) => ident(name)))}` : sql``;
  return sql`select ${join([sql`st_asgeojson(${geometryInDegrees(layer)}, ${number(DIGITS)}) as g`, ...columns])}
    from ${ident(layer.schema, layer.name)} ${order}`;
}

function featureId(value: PropertyValue | null): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The features of a tile with the chosen attributes, filtered as SQL would. */
export function* tileFeatures(
  loaded: MemoryLayer,
  coord: TileCoord,
  columns: readonly Column[],
  filters: readonly Filter[],
): Generator<LayerFeature> {
  const names = columns.map((column) => column.name);
  const arrays = names.map((name) => loaded.values.get(name));
  const tests = filters.map(({ column, values }) => ({
    array: loaded.values.get(column.name),
    wanted: new Set<unknown>(values),
  }));
  for (const { row, type, commands } of loaded.index.tile(coord)) {
    if (!tests.every(({ array, wanted }) => wanted.has(array?.[row]))) continue;
    const properties: Record<string, PropertyValue | null> = {};
    for (let i = 0; i < names.length; i++) properties[names[i] as string] = arrays[i]?.[row] ?? null;
    yield { id: loaded.ids[row], type, commands, properties };
  }
}
