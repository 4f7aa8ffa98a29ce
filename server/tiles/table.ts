import { AppError } from '../errors.ts';
import { readFilters, type Filter } from '../catalog/filters.ts';
import { relationName, type Column, type TableLayer } from '../catalog/types.ts';
import { isTransformError } from '../catalog/failed-query.ts';
import { isSpatial, outsideOfLayer } from '../cql2/filter.ts';
import { schemaChanged } from '../db/sqlstate.ts';
import { isAway } from '../engine/memory/layers.ts';
import type { MemoryLayer } from '../engine/memory/memory-layer.ts';
import { memoryRows } from '../engine/memory/layer-rows.ts';
import {
  memoryTile,
  memoryTileInSteps,
  memoryTileNow,
  type MemoryTileOptions,
} from '../engine/memory/tile.ts';
import { canSelect, select } from '../engine/memory/selection.ts';
import { overviewOr } from '../engine/overviews/overviews.ts';
import { defaultColumns, withKey } from '../engine/postgis/tile-query.ts';
import type { EncodedLayer, TileCoord } from '../engine/types.ts';
import { Line } from '../tools/line.ts';
import { passingMoment, UNKNOWN } from '../generations/tokens.ts';
import { mapped } from '../tools/turns.ts';
import { withoutKey } from './filter.ts';
import type { TilesContext as Context } from './context.ts';
import { copyTile, postgisTile, type StampedLayer } from './postgis.ts';
import type { LayerPlan, MadeLayer, PlanRequest } from './types.ts';
import { signatureOf } from './version.ts';

/**
 * Tiles that PostGIS makes at a time of layers that are on their way into memory, unless one has waited as long as for its layer: each takes of the
 * processor what makes them needless. One is made while another is sent; more of them at a time are no more of them in all.
 */
const meanwhile = new Line(2);

/** The plan of a table's tiles: made in memory where it is small, by PostGIS where it is not. */
export function planTable(ctx: Context, layer: TableLayer, request: PlanRequest): LayerPlan {
  const columns = columnsOf(layer, request.columns);
  const filters = readFilters(layer, request.query);
  const { where } = request;
  // The token is read before the data: old bytes can then never stand under a new token.
  const generation = ctx.generations.of(relationName(layer));
  const versioned = generation !== UNKNOWN;
  const token = versioned ? generation : passingMoment();
  const { maxFeatures, buffer } = ctx.config.tile;
  const { thinTo } = request;
  const maxBytes = Math.min(ctx.config.tile.maxBytes, thinTo ?? Infinity);
  // What memory cannot answer of a layer without a key is PostGIS's to answer.
  const selectable = where === undefined || canSelect(layer, where);
  const engine = selectable || !ctx.db.hasMvt ? ctx.memory.engineOf(layer, token) : 'postgis';
  return {
    layer,
    query: request.query,
    key: keyOf(ctx, layer, { token, engine, columns, filters, where }),
    versioned,
    rows: async () => {
      if (!selectable || !(await ctx.memory.fits(layer, token))) return undefined;
      const loaded = await ctx.memory.get(layer, token);
      const keeps = where && (await select(ctx, loaded, where)).keeps;
      const options = { name: layer.id, columns, filters, keeps, maxFeatures, maxBytes };
      return { rows: memoryRows(loaded, options, { buffer }), token: loaded.token };
    },
    makeNow: (coord) => {
      const loaded = inMemory();
      const encoded = loaded && memoryTileNow(loaded, tileAt(coord));
      return encoded && ofMemoryNow(encoded);
    },
    makeInSteps: (coord) => {
      const loaded = inMemory();
      const steps = loaded && memoryTileInSteps(loaded, tileAt(coord));
      return steps && mapped(steps, ofMemoryNow);
    },
    make: async (coord, signal) => {
      const ofMemory = async (loaded: MemoryLayer): Promise<MadeLayer> => {
        const selection = where && (await select(ctx, loaded, where));
        const keeps = selection?.keeps;
        const tile = { name: layer.id, coord, columns, filters, keeps, maxFeatures, maxBytes };
        const stale = loaded.token !== token || engine !== 'memory' || selection?.stale === true;
        return { engine: 'memory', stale, ...(await memoryTile(loaded, tile, signal)) };
      };
      const held = selectable ? await ctx.memory.soon(layer, token) : undefined;
      if (held?.layer && (await ctx.memory.isPrepared(held.layer, coord.z))) return ofMemory(held.layer);
      if (!held) return postgisLayer(coord, signal);
      // Nobody waits for a whole layer to be read, or a zoom to be prepared; what PostGIS makes meanwhile is kept nowhere, as its bytes are others.
      return inLine().catch(async (error: unknown) => {
        // A layer that is in memory can be had while the database is away.
        if (!isAway(error)) throw error;
        const loaded = held.layer ?? (await held.loading);
        if (!loaded) throw error;
        await loaded.index.prepare(coord.z);
        return ofMemory(loaded);
      });

      async function inLine(): Promise<MadeLayer> {
        const leave = await meanwhile.enter(ctx.config.memoryWaitMs);
        try {
          signal.throwIfAborted();
          const loaded = ctx.memory.loaded(layer, token);
          return await (loaded && !loaded.index.prepare(coord.z)
            ? ofMemory(loaded)
            : postgisLayer(coord, signal));
        } finally {
          leave();
        }
      }
    },
  };

  /** The layer where nothing but what is in memory is asked for its tiles. */
  function inMemory(): MemoryLayer | undefined {
    return where || engine !== 'memory' ? undefined : ctx.memory.loaded(layer, token);
  }

  function tileAt(coord: TileCoord): MemoryTileOptions {
    return { name: layer.id, coord, columns, filters, maxFeatures, maxBytes };
  }

  async function postgisLayer(coord: TileCoord, signal: AbortSignal): Promise<MadeLayer> {
    if (!selectable && !ctx.db.hasMvt) throw withoutKey(layer);
    if (!ctx.db.hasMvt) throw tooLarge();
    const relation = relationName(layer);
    const stamp = ctx.generations.stamp([relation]);
    const query = { layer, name: layer.id, coord, columns, filters, where, buffer, maxFeatures, stamp };
    // A generalized geometry may meet what the layer's own does not.
    const spatial = where !== undefined && isSpatial(where.condition);
    const rows = where || filters.length > 0 ? 'chosen' : 'all';
    const usual = rows === 'all' && columns === usualColumns(layer);
    const copy = spatial
      ? { layer, merged: false }
      : overviewOr(layer, { z: coord.z, token, rows, buffer: usual ? buffer : undefined });
    let copyGone = false;
    ctx.faults.look(layer, token);
    const original = (): Promise<StampedLayer> =>
      ctx.faults.leavingOut(layer, token, (guarded) =>
        postgisTile(ctx.db, { ...query, layer: guarded }, maxBytes, signal, layer, thinTo !== undefined),
      );
    const ofCopy = (): Promise<StampedLayer> =>
      copyTile(ctx.db, { ...query, layer: copy.layer }, { copy, maxBytes, signal, of: layer }).catch(
        (error: unknown) => {
          // Copies made anew since the catalogue was read: the layer itself is always there.
          if (!schemaChanged(error)) throw error;
          copyGone = true;
          void ctx.catalog.reload().catch(() => {});
          return original();
        },
      );
    const made = await (copy.layer === layer && !copy.tiles ? original() : ofCopy()).catch(
      (error: unknown) => {
        throw spatial && isTransformError(error) ? outsideOfLayer(layer, error) : error;
      },
    );
    // Outside of its coordinate system no statement came to an end that could say what it saw.
    const moment = made.stamp ? ctx.generations.settle(made.stamp) : await ctx.generations.moment([relation]);
    const stale = (versioned && moment.of(relation) !== token) || copyGone || engine !== 'postgis';
    const truncated = made.layer.truncated || (copy.merged && !copyGone && made.layer.features > 0);
    return { ...made.layer, truncated, engine: 'postgis', stale };
  }
}

const ofMemoryNow = ({ bytes, features, truncated }: EncodedLayer): MadeLayer => ({
  engine: 'memory', stale: false, bytes, features, truncated,
}); // prettier-ignore

/** Why there are no tiles of a layer without `ST_AsMVT`. */
export function tooLarge(): AppError {
  return new AppError('layer_unservable', {
    reason: 'no_vector_tiles',
    detail:
      'this layer is too large for memory, and the embedded database cannot make tiles; set DATABASE_URL',
  });
}

/** The columns of a layer's tiles: those that are named, or the usual ones. */
export function columnsOf(layer: TableLayer, names: readonly string[] | undefined): readonly Column[] {
  if (!names) return usualColumns(layer);
  return withKey(
    layer,
    layer.columns.filter(({ name }) => names.includes(name)),
  );
}

const usual = new WeakMap<TableLayer, readonly Column[]>();

/** The columns of a layer's tiles where none are named; the same array each time. */
function usualColumns(layer: TableLayer): readonly Column[] {
  let columns = usual.get(layer);
  if (!columns) usual.set(layer, (columns = withKey(layer, defaultColumns(layer))));
  return columns;
}

interface Keyed extends Pick<PlanRequest, 'where'> {
  readonly token: string;
  readonly engine: string;
  readonly columns: readonly Column[];
  readonly filters: readonly Filter[];
}

const plainKeys = new WeakMap<TableLayer, { token: string; engine: string; key: string }>();

/** What a layer's tiles hold, as JSON; of those that nothing is asked of, made once for each token. */
export function keyOf(
  ctx: Context,
  layer: TableLayer,
  { token, engine, columns, filters, where }: Keyed,
): string {
  const make = (): string =>
    JSON.stringify([
      signatureOf(ctx, layer),
      token,
      engine,
      columns.map((column) => column.name),
      filters.map(({ column, values }) => [column.name, [...new Set(values)].sort()]).sort(),
      where?.key,
    ]);
  if (where || filters.length > 0 || columns !== usual.get(layer)) return make();
  const known = plainKeys.get(layer);
  if (known?.token === token && known.engine === engine) return known.key;
  const key = make();
  plainKeys.set(layer, { token, engine, key });
  return key;
}
