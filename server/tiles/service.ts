import { LRUCache } from 'lru-cache';
import { AppError, shorten } from '../errors.ts';
import { readColumns } from '../catalog/filters.ts';
import type { Layer } from '../catalog/types.ts';
import { takes } from '../engine/postgis/function-query.ts';
import { MAX_ZOOM } from '../engine/grid.ts';
import { mercatorZoom } from '../engine/grids/grid.ts';
import type { CacheOutcome } from '../http/cache/response-cache.ts';
import { contentTag, type Representation } from '../http/answers/respond.ts';
import type { TileCoord } from '../engine/types.ts';
import { composite, compositeInSteps, compositeInTurns } from '../http/answers/tile.ts';
import { RENDERING } from '../tools/rendering.ts';
import { isFilterName, knowsFilter, splitFilter } from './filter.ts';
import { planFunction } from './function.ts';
import { planInGrid } from './grid.ts';
import type { TilesContext as Context } from './context.ts';
import { isCellOption, planPyramid } from './pyramid.ts';
import type { LayerPlan, MadeLayer, PlanRequest, TileRequest } from './types.ts';
import { planTable } from './table.ts';
import { LEFT_OUT, makeTogether } from './together.ts';
import { tilesVersion } from './version.ts';

const PROGRAM = RENDERING;
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
  const layers = request.layers.map((id) => ctx.catalog.layer(id, request.sight?.ofRows));
  // A tile that holds what a role sees is that role's, whatever else it holds.
  const ofRole = layers.find(({ access }) => access === 'role')?.access;
  const { cache: own } = ctx.roles.reading(ctx, ofRole, request.sight);
  for (let tries = 1; ; tries++) {
    const version = tilesVersion(ctx, layers);
    const plans = planLayers(ctx, layers, request);
    const key = tileKey(plans, request.coord);
    const versioned = plans.every((plan) => plan.versioned);
    const now = own.getNow(key, () => tileNow(ctx, plans, request.coord), { versioned });
    if (now) return { tile: now.answer, cache: now.cache };
    const work = async (signal: AbortSignal): Promise<Representation> =>
      compositeInTurns(await makeTogether(ctx, plans, request.coord, signal), signal);
    const { answer: tile, cache } = await own.get(key, request.signal, work, { versioned });
    // What its statement saw may have no token before the poll that it called for.
    if (tile.stale) await ctx.generations.caughtUp();
    if (!tile.stale || tries === MAX_TRIES || tilesVersion(ctx, layers) === version) return { tile, cache };
  }
}

/** What the cache knows a tile as: its address, and in short all else that decides its bytes. */
export function tileKey(plans: readonly LayerPlan[], { z, x, y }: TileCoord): string {
  return `${z}/${x}/${y} ${partsTag(plans)}`;
}

function partsTag(plans: readonly LayerPlan[]): string {
  const [first] = plans;
  const known = first && plans.length === 1 ? tags.get(first.key) : undefined;
  if (known !== undefined) return known;
  const tag = contentTag(JSON.stringify([PROGRAM, ...plans.map((plan) => plan.key)]));
  if (first && plans.length === 1) tags.set(first.key, tag);
  return tag;
}

/** Of the layers that were asked for last. */
const tags = new LRUCache<string, string>({ max: 500 });

/** The tile where all of it can be made at once. */
export function tileNow(
  ctx: Context,
  plans: readonly LayerPlan[],
  coord: TileCoord,
): Representation | undefined {
  const [plan] = plans;
  // Many together may be too much for one turn.
  if (plans.length !== 1 || !plan?.makeNow) return undefined;
  const started = performance.now();
  const made = plan.makeNow(coord);
  if (!made) return undefined;
  tellMade(ctx, plan, coord, made, started);
  return composite([made]);
}

/** The tile in steps that others may come between, where it is made of what is in memory alone. */
export function tileInSteps(
  ctx: Context,
  plan: LayerPlan,
  coord: TileCoord,
): Generator<void, Representation> | undefined {
  const started = performance.now();
  const steps = plan.makeInSteps?.(coord);
  return steps && compositeOf(steps);

  function* compositeOf(making: Generator<void, MadeLayer>): Generator<void, Representation> {
    const made = yield* making;
    tellMade(ctx, plan, coord, made, started);
    return yield* compositeInSteps([made]);
  }
}

/** @param started when making it did */
function tellMade(ctx: Context, plan: LayerPlan, coord: TileCoord, made: MadeLayer, started: number): void {
  const { z, x, y } = coord;
  const ms = performance.now() - started;
  const bytes = made.bytes.length;
  ctx.observe({ type: 'tile.made', layer: plan.layer.id, engine: made.engine, z, x, y, ms, bytes });
}

/**
 * The plans of a tile's layers. A parameter goes to the layers that know it, and one at least must.
 * @throws AppError `unknown_parameter`, `invalid_parameter` (400)
 */
export function planLayers(ctx: Context, layers: readonly Layer[], request: PlanRequest): LayerPlan[] {
  refuseUnknownColumns(layers, request.columns);
  const [only] = layers;
  if (layers.length === 1 && only) return [planLayer(ctx, only, request)];
  const names = Object.keys(request.query);
  const known = layers.map((layer) => names.filter((name) => knows(ctx, layer, name, request.query)));
  const stranger = names.find((name) => !known.some((own) => own.includes(name)));
  const [table] = layers.filter((layer) => layer.type === 'table');
  // Why a filter suits none of them is told by the first.
  if (stranger !== undefined && table && isFilterName(stranger)) splitFilter(table, request.query);
  if (stranger !== undefined) {
    const ids = layers.map(({ id }) => id).join(', ');
    const named = { parameter: shorten(stranger, 40), expected: `a column or an argument of one of ${ids}` };
    throw new AppError('unknown_parameter', {
      detail: `${named.parameter} is neither a parameter nor ${named.expected}`,
      errors: [named],
    });
  }
  return layers.map((layer, i) => {
    const own = Object.create(null) as Record<string, string | string[]>;
    for (const name of known[i] ?? []) own[name] = request.query[name] ?? '';
    const { coord, grid, columns, sight } = request;
    return planLayer(ctx, layer, { coord, grid, columns, sight, query: own });
  });
}

function knows(ctx: Context, layer: Layer, name: string, query: TileRequest['query']): boolean {
  if (layer.type === 'function') return takes(layer, name);
  if (isFilterName(name)) return knowsFilter(layer, query);
  return layer.columns.some((column) => column.name === name) || isCellOption(ctx, layer, name);
}

function planLayer(shared: Context, layer: Layer, request: PlanRequest): LayerPlan {
  const ctx = shared.roles.reading(shared, layer.access, request.sight);
  const plan = planAnyZoom(ctx, layer, request);
  const { z } = onMercator(request);
  // Outside of the zooms that it is said to have, a layer costs nothing.
  if (z >= (layer.minzoom ?? 0) && z <= (layer.maxzoom ?? MAX_ZOOM)) return plan;
  const empty = { ...LEFT_OUT, truncated: false };
  return {
    ...plan,
    make: () => Promise.resolve(empty),
    makeNow: () => empty,
    makeInSteps: undefined,
    rows: undefined,
  };
}

/** The zoom that a layer's zooms are told in. */
function onMercator({ coord, grid }: PlanRequest): { readonly z: number } {
  return grid ? { z: mercatorZoom(grid, coord.z) } : coord;
}

function planAnyZoom(ctx: Context, layer: Layer, request: PlanRequest): LayerPlan {
  if (request.grid) return planInGrid(ctx, layer, { ...request, grid: request.grid });
  if (layer.type === 'function') return planFunction(ctx, layer, request);
  const pyramid = ctx.pyramids.of(layer);
  const { coord, columns, sight } = request;
  const own = { coord, columns, sight, ...splitFilter(layer, request.query) };
  return pyramid ? planPyramid(ctx, pyramid, own, planTable) : planTable(ctx, layer, own);
}

/** A column must be known to one of the layers at least; the others do without. */
function refuseUnknownColumns(layers: readonly Layer[], names: readonly string[] | undefined): void {
  if (!names) return;
  const [first, ...others] = layers.filter((layer) => layer.type === 'table');
  if (!first)
    throw new AppError('unknown_parameter', { detail: 'columns does not apply to a tile function' });
  const strangers = names.filter(
    (name) => !others.some((layer) => layer.columns.some((column) => column.name === name)),
  );
  readColumns(first, strangers);
}
