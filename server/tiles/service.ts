import { AppError } from '../errors.ts';
import { readColumns, readFilters } from '../catalog/filters.ts';
import { relationName, type FunctionLayer, type Layer, type TableLayer } from '../catalog/types.ts';
import type { Context } from '../context.ts';
import { schemaChanged } from '../db/sqlstate.ts';
import { functionQuery } from '../engine/function.ts';
import { tileFeatures } from '../engine/memory.ts';
import { encodeLayer } from '../engine/mvt.ts';
import { defaultColumns, tileQuery, withKey } from '../engine/postgis.ts';
import type { EncodedLayer, TileCoord } from '../engine/types.ts';
import { contentTag, Representation } from '../http/respond.ts';

export const MVT = 'application/vnd.mapbox-vector-tile';
/** Raised when the same inputs come to give other bytes, so that ETags of older versions die. */
const FORMAT = 1;

export interface TileRequest {
  /** Layer ids, in drawing order. */
  layers: readonly string[];
  coord: TileCoord;
  columns: readonly string[] | undefined;
  /** Query parameters that name columns (equality filters) or a function's arguments. */
  query: Readonly<Record<string, string | string[]>>;
  signal?: AbortSignal;
}

/** One layer of a request with everything checked: the rest is work. */
interface LayerPlan {
  /** Everything that changes the bytes of this layer, besides the tile's address. */
  key: string;
  /** False where nothing tells that its data changed: then the bytes themselves make the ETag. */
  versioned: boolean;
  make: (coord: TileCoord, signal: AbortSignal) => Promise<MadeLayer>;
}

interface MadeLayer extends EncodedLayer {
  /** Which engine made it. */
  engine: string;
  /** Made from older data than the plan's key says, as the database is away. */
  stale?: boolean;
}

/**
 * The bytes of a tile, from the cache or the layers' engines.
 * @throws AppError for unknown layers and bad parameters (4xx, before any query), or a failing database (5xx).
 */
export async function getTile(ctx: Context, request: TileRequest): Promise<Representation> {
  const started = performance.now();
  const plans = request.layers.map((id) => planLayer(ctx, ctx.catalog.layer(id), request));
  const { coord } = request;
  const key = JSON.stringify([FORMAT, coord.z, coord.x, coord.y, ...plans.map((plan) => plan.key)]);
  const versioned = plans.every((plan) => plan.versioned);
  const make = async (signal: AbortSignal): Promise<Representation> => {
    const layers: MadeLayer[] = [];
    for (const [i, plan] of plans.entries()) {
      const making = performance.now();
      const layer = await plan.make(coord, signal).catch((error) => reconsider(ctx, error));
      const ms = performance.now() - making;
      ctx.observe({
        type: 'tile.made',
        layer: request.layers[i] ?? '',
        engine: layer.engine,
        z: coord.z,
        ms,
      });
      layers.push(layer);
    }
    return composite(layers, versioned ? contentTag(key) : undefined);
  };
  const { answer: tile, cache } = await ctx.cache.get(key, request.signal, make, { versioned });
  ctx.observe({
    type: 'tile.served',
    layers: request.layers.join(),
    z: coord.z,
    ms: performance.now() - started,
    cache,
    bytes: tile.body.length,
  });
  return tile;
}

/** Layers of a tile are concatenated: that is what a repeated protobuf field is. */
export function composite(
  layers: readonly (EncodedLayer & { stale?: boolean })[],
  tag: string | undefined,
): Representation {
  const truncated = layers.some((layer) => layer.truncated);
  const stale = layers.some((layer) => layer.stale);
  return new Representation(Buffer.concat(layers.map((layer) => layer.bytes)), MVT, {
    ...(tag === undefined || stale ? {} : { tag }),
    stale,
    ...(truncated ? { headers: { 'X-Tile-Truncated': 'true' } } : {}),
  });
}

function planLayer(ctx: Context, layer: Layer, request: TileRequest): LayerPlan {
  return layer.type === 'function' ? planFunction(ctx, layer, request) : planTable(ctx, layer, request);
}

function planFunction(ctx: Context, layer: FunctionLayer, request: TileRequest): LayerPlan {
  if (request.columns)
    throw new AppError('unknown_parameter', { detail: 'columns does not apply to a tile function' });
  functionQuery(layer, request.coord, request.query); // refuses bad parameters before anything is asked
  const entries = Object.entries(request.query).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    // What a function reads is not known, so its tiles are kept for a moment only.
    key: JSON.stringify([layer.id, entries, Math.floor(Date.now() / FUNCTION_TTL_MS)]),
    versioned: false,
    make: async (coord, signal) => {
      const [row] = await ctx.db.run<{ mvt: Buffer | null }>(functionQuery(layer, coord, request.query), {
        signal,
      });
      const bytes = row?.mvt ?? new Uint8Array();
      return { bytes, features: -1, truncated: false, engine: 'function' };
    },
  };
}

const FUNCTION_TTL_MS = 10_000;

function planTable(ctx: Context, layer: TableLayer, request: TileRequest): LayerPlan {
  const chosen = readColumns(layer, request.columns) ?? defaultColumns(layer);
  const columns = withKey(layer, chosen);
  const filters = readFilters(layer, request.query);
  // The token is read before the data: old bytes can then never stand under a new token.
  const token = ctx.generations.of(relationName(layer));
  const { maxFeatures, maxBytes, buffer } = ctx.config.tile;
  return {
    key: JSON.stringify([
      signatureOf(ctx, layer),
      token,
      columns.map((column) => column.name),
      filters.map(({ column, values }) => [column.name, [...new Set(values)].sort()]).sort(),
    ]),
    versioned: token !== '0',
    make: async (coord, signal) => {
      if (await ctx.memory.fits(layer, token)) {
        const loaded = await ctx.memory.get(layer, token);
        const features = tileFeatures(loaded, coord, columns, filters);
        const encoded = encodeLayer({ name: layer.id, features, maxFeatures, maxBytes });
        return { ...encoded, engine: 'memory', stale: loaded.token !== token };
      }
      if (!ctx.db.hasMvt) {
        throw new AppError('layer_unservable', {
          reason: 'no_vector_tiles',
          detail:
            'this layer is too large for memory, and the embedded database cannot make tiles; set DATABASE_URL',
        });
      }
      const query = tileQuery({ layer, name: layer.id, coord, columns, filters, buffer, maxFeatures });
      const [row] = await ctx.db.run<{ mvt: Buffer; features: number; truncated: boolean }>(query, {
        signal,
      });
      if (!row) return { bytes: new Uint8Array(), features: 0, truncated: false, engine: 'postgis' };
      return { bytes: row.mvt, features: row.features, truncated: row.truncated, engine: 'postgis' };
    },
  };
}

const signatures = new WeakMap<Layer, string>();

/** What the layer is made of besides its data, and how much of it fits a tile; not its row estimate, which drifts. */
function signatureOf(ctx: Context, layer: TableLayer): string {
  let signature = signatures.get(layer);
  if (signature === undefined) {
    signature = contentTag(JSON.stringify([{ ...layer, estimatedRows: 0 }, ctx.config.tile]));
    signatures.set(layer, signature);
  }
  return signature;
}

/** A query that failed on a changed schema is a reason to look at the catalogue again. */
export function reconsider(ctx: Context, error: unknown): never {
  if (schemaChanged(error)) {
    ctx.memory.clear();
    void ctx.catalog.reload().catch(() => {});
  }
  throw error;
}
