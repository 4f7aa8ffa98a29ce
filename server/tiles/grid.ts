import { readFilters, type Filter } from '../catalog/filters.ts';
import { relationName, type Column, type Layer, type TableLayer } from '../catalog/types.ts';
import type { LayerFilter } from '../cql2/filter.ts';
import { engineTile, type Grid } from '../engine/grids/grid.ts';
import { degreesOf } from '../engine/grids/projection.ts';
import { memoryIndexOptions } from '../engine/memory/memory-layer.ts';
import { canSelect, select } from '../engine/memory/selection.ts';
import { memoryTile } from '../engine/memory/tile.ts';
import { marginOf } from '../engine/postgis/place.ts';
import type { TileCoord } from '../engine/types.ts';
import { AppError } from '../errors.ts';
import { passingMoment, UNKNOWN } from '../generations/tokens.ts';
import type { TilesContext as Context } from './context.ts';
import { splitFilter, withoutKey } from './filter.ts';
import { postgisTile } from './postgis.ts';
import { columnsOf, keyOf, tooLarge } from './table.ts';
import type { LayerPlan, MadeLayer, PlanRequest } from './types.ts';

/**
 * The plan of a layer's tiles in another grid than that of Web Mercator: of rows, without cells. Same rows, attributes, filters and
 * generations as in its other tiles; the grid is part of the key.
 */
export function planInGrid(
  ctx: Context,
  layer: Layer,
  { grid, ...request }: PlanRequest & { readonly grid: Grid },
): LayerPlan {
  if (layer.type === 'function') {
    throw new AppError('tile_out_of_range', {
      detail: `${layer.id} is a function that makes tiles of WebMercatorQuad alone`,
    });
  }
  const { query, where } = splitFilter(layer, request.query);
  const columns = columnsOf(layer, request.columns);
  const filters = readFilters(layer, query);
  const relation = relationName(layer);
  // The token is read before the data: old bytes can then never stand under a new token.
  const generation = ctx.generations.of(relation);
  const versioned = generation !== UNKNOWN;
  const token = versioned ? generation : passingMoment();
  const { maxFeatures, maxBytes } = ctx.config.tile;
  const selectable = where === undefined || canSelect(layer, where);
  const engine = selectable || !ctx.db.hasMvt ? ctx.memory.engineOf(layer, token) : 'postgis';
  const plain = keyOf(ctx, layer, { token, engine, columns, filters, where });
  return {
    layer,
    query: request.query,
    key: JSON.stringify(['grid', grid.key, plain]),
    versioned,
    make: async (coord, signal) => {
      if (!selectable && !ctx.db.hasMvt) throw withoutKey(layer);
      if (!selectable || !(await ctx.memory.fits(layer, token))) {
        const asked = { columns, filters, where, engine, token, versioned };
        return inDatabase(ctx, layer, { ...asked, grid, coord, signal });
      }
      const loaded = await ctx.memory.get(layer, token);
      const selection = where && (await select(ctx, loaded, where));
      const index = await ctx.gridIndexes.of(loaded.index, grid, memoryIndexOptions(ctx.config.tile));
      const own = engineTile(grid, coord);
      await index.prepare(own.z);
      const encoded = await memoryTile(
        { ...loaded, index },
        { name: layer.id, coord: own, columns, filters, keeps: selection?.keeps, maxFeatures, maxBytes },
        signal,
      );
      const stale = loaded.token !== token || engine !== 'memory' || selection?.stale === true;
      return { engine: 'memory', stale, ...encoded };
    },
  };
}

interface Asked {
  readonly grid: Grid;
  readonly coord: TileCoord;
  readonly columns: readonly Column[];
  readonly filters: readonly Filter[];
  readonly where: LayerFilter | undefined;
  /** That its key names. */
  readonly engine: string;
  readonly token: string;
  readonly versioned: boolean;
  readonly signal: AbortSignal;
}

const EMPTY: MadeLayer = { bytes: new Uint8Array(), features: 0, truncated: false, engine: 'postgis' };

/** A tile of a layer that is too large for memory, projected and cut by PostGIS. */
async function inDatabase(ctx: Context, layer: TableLayer, asked: Asked): Promise<MadeLayer> {
  if (!ctx.db.hasMvt) throw tooLarge();
  const { grid, coord, columns, filters, where, engine, token, versioned, signal } = asked;
  const { maxFeatures, maxBytes, buffer } = ctx.config.tile;
  const area = await degreesOf(ctx.db, grid, coord, marginOf(buffer));
  if (!area) return EMPTY;
  const relation = relationName(layer);
  const stamp = ctx.generations.stamp([relation]);
  const place = { grid, area };
  const query = { name: layer.id, coord, place, columns, filters, where, buffer, maxFeatures, stamp };
  ctx.faults.look(layer, token);
  const made = await ctx.faults.leavingOut(layer, token, (guarded) =>
    postgisTile(ctx.db, { ...query, layer: guarded }, maxBytes, signal),
  );
  const moment = made.stamp ? ctx.generations.settle(made.stamp) : await ctx.generations.moment([relation]);
  const stale = (versioned && moment.of(relation) !== token) || engine !== 'postgis';
  return { ...made.layer, engine: 'postgis', stale };
}
