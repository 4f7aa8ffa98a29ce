import { AppError } from '../errors.ts';
import { isTransformError } from '../catalog/faults.ts';
import { readColumns, readFilters } from '../catalog/filters.ts';
import { relationName, type FunctionLayer, type Layer, type TableLayer } from '../catalog/types.ts';
import type { Context } from '../context.ts';
import { schemaChanged } from '../db/sqlstate.ts';
import { functionQuery, refuseParameters } from '../engine/function.ts';
import { memoryTile } from '../engine/memory.ts';
import { overviewOr } from '../engine/overviews.ts';
import { defaultColumns, withKey } from '../engine/postgis.ts';
import type { EncodedLayer, TileCoord } from '../engine/types.ts';
import type { CacheOutcome } from '../http/cache.ts';
import { contentTag, Representation } from '../http/respond.ts';
import { postgisTile, untransformable, type StampedLayer } from './postgis.ts';
import { tilesVersion } from './tilejson.ts';
import { planPyramid } from './pyramid.ts';

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
export interface LayerPlan {
  layer: Layer;
  /** Everything that changes the bytes of this layer, besides the tile's address. */
  key: string;
  /** False where nothing tells that its data changed: then the bytes themselves make the ETag. */
  versioned: boolean;
  make: (coord: TileCoord, signal: AbortSignal) => Promise<MadeLayer>;
}

export interface MadeLayer extends EncodedLayer {
  /** Which engine made it. */
  engine: string;
  /** Made from data of another generation than the plan's key says: from newer, or older as the database is away. */
  stale?: boolean;
}

/** What nothing tells the changes of (a function, a foreign table) is kept for a moment only. */
const UNWATCHED_TTL_MS = 10_000;
/** Data that changes faster than we can read it is served as it is, and kept nowhere. */
const MAX_TRIES = 3;

/**
 * The bytes of a tile, from the cache or the layers' engines.
 * @throws AppError for unknown layers and bad parameters (4xx, before any query), or a failing database (5xx).
 */
export async function getTile(ctx: Context, request: TileRequest): Promise<Representation> {
  const started = performance.now();
  const { tile, cache } = await currentTile(ctx, request);
  ctx.observe({
    type: 'tile.served',
    layers: request.layers.join(),
    z: request.coord.z,
    ms: performance.now() - started,
    cache,
    bytes: tile.body.length,
  });
  return tile;
}

/**
 * The tile of the generation that its key and ETag name. Where the data turned out to be of another one,
 * it is made again as of that; and where nothing newer is known, it is what can be had.
 */
async function currentTile(
  ctx: Context,
  request: TileRequest,
): Promise<{ tile: Representation; cache: CacheOutcome }> {
  const layers = request.layers.map((id) => ctx.catalog.layer(id));
  refuseUnknownColumns(layers, request.columns);
  for (let tries = 1; ; tries++) {
    const version = tilesVersion(ctx, layers);
    const plans = layers.map((layer) => planLayer(ctx, layer, request));
    const { z, x, y } = request.coord;
    const key = JSON.stringify([FORMAT, z, x, y, ...plans.map((plan) => plan.key)]);
    const versioned = plans.every((plan) => plan.versioned);
    const work = async (signal: AbortSignal): Promise<Representation> => {
      const made: MadeLayer[] = [];
      for (const { layer, make } of plans) {
        const started = performance.now();
        const one = await make(request.coord, signal).catch((error: unknown) => explain(ctx, layer, error));
        const ms = performance.now() - started;
        ctx.observe({ type: 'tile.made', layer: layer.id, engine: one.engine, z, ms });
        made.push(one);
      }
      return composite(made, versioned ? contentTag(key) : undefined);
    };
    const { answer: tile, cache } = await ctx.cache.get(key, request.signal, work, { versioned });
    if (!tile.stale || tries === MAX_TRIES || tilesVersion(ctx, layers) === version) return { tile, cache };
  }
}

/** Layers of a tile are concatenated: that is what a repeated protobuf field is. */
export function composite(
  layers: readonly Omit<MadeLayer, 'engine'>[],
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
  if (layer.type === 'function') return planFunction(ctx, layer, request);
  const pyramid = ctx.pyramids.of(layer);
  return pyramid ? planPyramid(ctx, pyramid, request, planTable) : planTable(ctx, layer, request);
}

/** A column must be known to one of the layers at least; the others do without. */
function refuseUnknownColumns(layers: readonly Layer[], names: readonly string[] | undefined): void {
  const [first, ...others] = layers.filter((layer) => layer.type === 'table');
  const strangers = names?.filter(
    (name) => !others.some((layer) => layer.columns.some((column) => column.name === name)),
  );
  if (first) readColumns(first, strangers);
}

function planFunction(ctx: Context, layer: FunctionLayer, request: TileRequest): LayerPlan {
  if (request.columns)
    throw new AppError('unknown_parameter', { detail: 'columns does not apply to a tile function' });
  functionQuery(layer, request.coord, request.query); // refuses bad parameters before anything is asked
  const entries = Object.entries(request.query).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    layer,
    key: JSON.stringify([layer.id, entries, moment()]),
    versioned: false,
    make: async (coord, signal) => {
      const [row] = await ctx.db
        .run<{ mvt: Buffer | null }>(functionQuery(layer, coord, request.query), { signal })
        .catch((error: unknown) => refuseParameters(layer, request.query, error));
      const bytes = row?.mvt ?? new Uint8Array();
      return { bytes, features: -1, truncated: false, engine: 'function' };
    },
  };
}

function moment(): string {
  return `~${Math.floor(Date.now() / UNWATCHED_TTL_MS)}`;
}

function planTable(ctx: Context, layer: TableLayer, request: TileRequest): LayerPlan {
  const chosen = request.columns
    ? layer.columns.filter((column) => request.columns?.includes(column.name))
    : defaultColumns(layer);
  const columns = withKey(layer, chosen);
  const filters = readFilters(layer, request.query);
  // The token is read before the data: old bytes can then never stand under a new token.
  const generation = ctx.generations.of(relationName(layer));
  const versioned = generation !== '0';
  const token = versioned ? generation : moment();
  const { maxFeatures, maxBytes, buffer } = ctx.config.tile;
  return {
    layer,
    key: JSON.stringify([
      signatureOf(ctx, layer),
      token,
      columns.map((column) => column.name),
      filters.map(({ column, values }) => [column.name, [...new Set(values)].sort()]).sort(),
    ]),
    versioned,
    make: async (coord, signal) => {
      if (await ctx.memory.fits(layer, token)) {
        const loaded = await ctx.memory.get(layer, token);
        await loaded.index.prepare(coord.z);
        const encoded = memoryTile(loaded, {
          name: layer.id,
          coord,
          columns,
          filters,
          maxFeatures,
          maxBytes,
        });
        return { ...encoded, engine: 'memory', stale: loaded.token !== token };
      }
      if (!ctx.db.hasMvt) {
        throw new AppError('layer_unservable', {
          reason: 'no_vector_tiles',
          detail:
            'this layer is too large for memory, and the embedded database cannot make tiles; set DATABASE_URL',
        });
      }
      const relation = relationName(layer);
      const stamp = ctx.generations.stamp([relation]);
      const query = { layer, name: layer.id, coord, columns, filters, buffer, maxFeatures, stamp };
      const copy = overviewOr(layer, coord.z, token);
      ctx.faults.look(layer, token);
      const original = (): Promise<StampedLayer> =>
        ctx.faults.leavingOut(layer, token, (guarded) =>
          postgisTile(ctx.db, { ...query, layer: guarded }, maxBytes, signal),
        );
      const made = await (copy === layer
        ? original()
        : postgisTile(ctx.db, { ...query, layer: copy }, maxBytes, signal).catch((error: unknown) => {
            // Copies made anew since the catalogue was read: the layer itself is always there.
            if (!schemaChanged(error)) throw error;
            void ctx.catalog.reload().catch(() => {});
            return original();
          }));
      const stale = made.stamp !== null && ctx.generations.settle(made.stamp).of(relation) !== token;
      return { ...made.layer, engine: 'postgis', stale };
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

/**
 * What a layer's failed query means. One that failed on a changed schema has the catalogue read again,
 * so that the next request is right.
 */
export async function explain(ctx: Context, layer: Layer, error: unknown): Promise<never> {
  if (schemaChanged(error)) await ctx.catalog.reload().catch(() => {});
  if (layer.type === 'table' && isTransformError(error)) throw untransformable(layer.geometry.srid, error);
  throw error;
}
