import { readColumns, readFilters, type Filter } from '../catalog/filters.ts';
import type { Layer, TableLayer } from '../catalog/types.ts';
import type { TilesContext as Context } from './context.ts';
import { encodeLayer } from '../engine/encoding/mvt.ts';
import type { Sql } from '../db/sql.ts';
import type { CellRange } from '../engine/pyramid/blocks.ts';
import { cellRange, cellsQuery, pointsQuery, readCells, type CellColumns } from '../engine/pyramid/cells.ts';
import {
  categoryFields,
  cellFields,
  sumFields,
  type PyramidBuild,
  type PyramidDefinition,
} from '../engine/pyramid/definition.ts';
import { pointFeatures, squareFeatures, type CellRecipe } from '../engine/pyramid/features.ts';
import { HEXAGON_MARGIN, hexagonFeatures } from '../engine/pyramid/hexagons.ts';
import type { Pyramid } from '../engine/pyramid/pyramids.ts';
import type { TileCoord } from '../engine/types.ts';
import { AppError, invalidParameter } from '../errors.ts';
import type { VectorLayer } from '../http/answers/tile.ts';
import type { LayerPlan, MadeLayer, PlanRequest, TileRequest } from './types.ts';

type PlanPoints = (ctx: Context, layer: TableLayer, request: PlanRequest) => LayerPlan;

/** Bytes of a tile of points from the switch zoom on, where nobody asked for the pyramid. */
const THINNED_BYTES = 200_000;

/** How cells are drawn: at their mean positions, or as areas. */
type Shape = 'point' | 'square' | 'hex';

/**
 * The plan of a layer with a pyramid. Below its switch zoom a tile is made of cells; the points themselves
 * are served from there on, before the first build, and where `cluster=false` or a filter that cells
 * cannot answer asks for them and they fit in a tile.
 * @throws AppError `invalid_parameter` (400) for grid and cluster where they do not apply
 */
export function planPyramid(
  ctx: Context,
  { definition, build }: Pyramid,
  request: PlanRequest,
  planPoints: PlanPoints,
): LayerPlan {
  const { layer, below } = definition;
  const { shape, cluster, query } = readOptions(layer, definition, request.query);
  const points = planPoints(ctx, layer, { ...request, query });
  if (shape !== 'point' && request.coord.z >= below) {
    throw invalidParameter(
      'grid',
      shape,
      `left out from zoom ${below} on, where the points themselves are served`,
    );
  }
  if (build && definition.isAutomatic && request.coord.z >= below) return thinnedPoints();
  if (request.coord.z >= below || (!build && shape === 'point')) return points;
  if (!build) throw new AppError('starting', { detail: `the cells of ${layer.id} are being built` });

  const filters = readFilters(layer, query);
  // Cells count by categories alone; what else a filter asks is for the points to answer.
  const chosen = request.where ? 'not counted' : chosenCategories(definition, build, filters);
  if (!cluster) return planIfFew(ctx, definition, build, points, 'cluster must not be false here');
  if (chosen === 'not counted') {
    // Nobody asked for cells: what they cannot answer is answered as it is without them.
    if (definition.isAutomatic && shape === 'point') return points;
    const refusal = unanswered(definition, filters, request.where);
    if (shape !== 'point') throw refusal;
    return planIfFew(ctx, definition, build, points, refusal.members.detail ?? '');
  }
  return planCells(ctx, definition, build, { request, shape, chosen, points });

  /** However dense they lie somewhere, tiles of a layer that nobody said anything of are for browsers. */
  function thinnedPoints(): LayerPlan {
    const plan = planPoints(ctx, layer, { ...request, query, thinTo: THINNED_BYTES });
    return { ...plan, key: `["thinned",${THINNED_BYTES},${plan.key}]` };
  }
}

interface CellsRequest {
  request: PlanRequest;
  shape: Shape;
  chosen: readonly string[] | undefined;
  points: LayerPlan;
}

function planCells(
  ctx: Context,
  definition: PyramidDefinition,
  build: PyramidBuild,
  { request, shape, chosen, points }: CellsRequest,
): LayerPlan {
  const { layer } = definition;
  const wanted = readColumns(layer, request.columns)?.map(({ name }) => name);
  const isWanted = (name: string | undefined): boolean =>
    name !== undefined && (wanted === undefined || wanted.includes(name));
  const sumIndexes = definition.sums.flatMap(({ name }, i) => (isWanted(name) && !chosen ? [i] : []));
  const withCategories = isWanted(definition.countBy?.name) || chosen !== undefined;
  // Any other query is one of many that anybody can ask for.
  const isKept =
    sumIndexes.length === definition.sums.length && withCategories === (definition.countBy !== undefined);
  return {
    layer,
    query: request.query,
    // The table of a build is never changed; a database that is made anew may use its name again.
    key: JSON.stringify([
      layer.id,
      build.table,
      build.sourceToken,
      build.builtAt,
      shape,
      sumIndexes,
      withCategories,
      chosen === undefined ? null : [...chosen].sort(),
    ]),
    versioned: true,
    make: async (coord, signal) => {
      // Hexagons of about 14 cells are fairer than of 3, so they are added up from the next zoom's where there is one.
      const zoom = shape === 'hex' ? Math.min(coord.z + 1, definition.below - 1) : coord.z;
      const margin = { point: ctx.config.tile.buffer, square: 0, hex: HEXAGON_MARGIN }[shape];
      const range = cellRange(coord, margin, zoom);
      const columnsOf = ({ categories, hasOther }: PyramidBuild): CellColumns => ({
        sums: sumIndexes,
        categories: withCategories ? categories.length : 0,
        hasOther: withCategories && hasOther,
      });
      const query = (current: PyramidBuild): Sql => cellsQuery(current.table, range, columnsOf(current));
      const found = await ask<{ cells: string | null }>(ctx, definition, build, query, { signal, isKept });
      // Built anew since it was planned: the points are always there.
      if (!found) return { ...(await points.make(coord, signal)), stale: true };
      const { rows, build: present } = found;
      const cells = readCells(rows[0]?.cells ?? null, range, columnsOf(present));
      const fields = withCategories ? categoryFields(present) : [];
      const recipe: CellRecipe = {
        sums: sumIndexes.map((i) => sumFields(definition.sums[i]?.name ?? '')),
        categories: fields.map(({ property }) => property),
        chosen: chosen
          ?.flatMap((value) => fields.findIndex((field) => field.value === value))
          .filter((i) => i >= 0),
      };
      const features =
        shape === 'point'
          ? pointFeatures(cells, coord, recipe, margin)
          : shape === 'square'
            ? squareFeatures(cells, coord, recipe)
            : hexagonFeatures(cells, coord, recipe, zoom);
      const { maxFeatures, maxBytes } = ctx.config.tile;
      return { ...encodeLayer({ name: layer.id, features, maxFeatures, maxBytes }), engine: 'pyramid' };
    },
  };
}

/**
 * What cells say: those of the present build, or of one that was made by itself those of the plan's own build, as
 * they are of the data of the plan's token alone; undefined where that is gone.
 */
function ask<Row extends object>(
  { pyramids }: Context,
  { layer, isAutomatic }: PyramidDefinition,
  build: PyramidBuild,
  query: (build: PyramidBuild) => Sql,
  options: { signal: AbortSignal; isKept?: boolean },
): Promise<{ rows: Row[]; build: PyramidBuild } | undefined> {
  return isAutomatic
    ? pyramids.runOn<Row>(layer, build, query, options)
    : pyramids.run<Row>(layer, query, options);
}

/** The points, if the cells say that a tile can hold them: finding out costs no look at the points. */
function planIfFew(
  ctx: Context,
  definition: PyramidDefinition,
  build: PyramidBuild,
  points: LayerPlan,
  otherwise: string,
): LayerPlan {
  const { maxFeatures, buffer } = ctx.config.tile;
  return {
    ...points,
    key: JSON.stringify([points.key, 'points', build.table, build.sourceToken]),
    makeNow: undefined,
    makeInSteps: undefined,
    rows: undefined, // only where the cells say so
    make: async (coord, signal): Promise<MadeLayer> => {
      const found = await pointsAround(ctx, definition, build, cellRange(coord, buffer), signal);
      if (found > maxFeatures) throw tooMany(definition, coord, found, maxFeatures, otherwise);
      return points.make(coord, signal);
    },
  };
}

async function pointsAround(
  ctx: Context,
  definition: PyramidDefinition,
  build: PyramidBuild,
  range: CellRange,
  signal: AbortSignal,
): Promise<number> {
  const query = ({ table }: PyramidBuild): Sql => pointsQuery(table, range);
  const found = await ask<{ points: number }>(ctx, definition, build, query, { signal });
  return found?.rows[0]?.points ?? 0;
}

function tooMany(
  { layer, below }: PyramidDefinition,
  { z, x, y }: TileCoord,
  found: number,
  most: number,
  otherwise: string,
): AppError {
  return new AppError('invalid_parameter', {
    detail:
      `${otherwise}: tile ${z}/${x}/${y} of ${layer.id} has ${found} points, and a tile holds ${most}. ` +
      `Ask for a deeper zoom (from ${below} on tiles always have the points) or for /features/${layer.id} with a bbox.`,
    points: found,
    maxFeatures: most,
  });
}

function unanswered(
  { layer, below, countBy }: PyramidDefinition,
  filters: readonly Filter[],
  where: PlanRequest['where'],
): AppError {
  const names = [...filters.map(({ column }) => column.name), ...(where ? ['filter'] : [])].join(', ');
  const counted = countBy ? `by the frequent values of ${countBy.name} alone` : 'by no column';
  return new AppError('invalid_parameter', {
    detail: `below zoom ${below}, ${layer.id} is served as cells, which can be filtered ${counted}, not by ${names}`,
  });
}

/** Whether a parameter chooses how the cells of a layer are drawn. */
export function isCellOption(ctx: Context, layer: TableLayer, name: string): boolean {
  if (name !== 'grid' && name !== 'cluster') return false;
  const pyramid = ctx.pyramids.of(layer);
  return pyramid !== undefined && isOurs(layer, pyramid.definition, name);
}

/** Even where a column has the same name, unless nobody asked for the pyramid: then the column was there first. */
function isOurs({ columns }: TableLayer, { isAutomatic }: PyramidDefinition, name: string): boolean {
  return !isAutomatic || !columns.some((column) => column.name === name);
}

/** `grid` and `cluster`, and the other parameters. */
function readOptions(
  layer: TableLayer,
  definition: PyramidDefinition,
  all: TileRequest['query'],
): { shape: Shape; cluster: boolean; query: TileRequest['query'] } {
  if (all.grid === undefined && all.cluster === undefined) {
    return { shape: 'point', cluster: true, query: all };
  }
  const taken = (name: string): TileRequest['query'][string] | undefined =>
    isOurs(layer, definition, name) ? all[name] : undefined;
  const [grid, cluster] = [taken('grid'), taken('cluster')];
  const rest = Object.fromEntries(
    Object.entries(all).filter(
      ([name]) => (name !== 'grid' && name !== 'cluster') || !isOurs(layer, definition, name),
    ),
  );
  if (grid !== undefined && grid !== 'square' && grid !== 'hex')
    throw invalidParameter('grid', grid, 'square or hex');
  if (cluster !== undefined && cluster !== 'true' && cluster !== 'false') {
    throw invalidParameter('cluster', cluster, 'true or false');
  }
  if (cluster === 'false' && grid !== undefined) {
    throw invalidParameter('cluster', cluster, 'left out together with grid, which draws cells');
  }
  return { shape: grid ?? 'point', cluster: cluster !== 'false', query: rest };
}

/**
 * The categories that filters choose: none filtered is undefined. Several filters, one on another column,
 * or one on a value that is counted among others cannot be answered from the cells.
 */
function chosenCategories(
  { countBy }: PyramidDefinition,
  build: PyramidBuild,
  filters: readonly Filter[],
): readonly string[] | undefined | 'not counted' {
  const [filter] = filters;
  if (!filter) return undefined;
  if (filters.length > 1 || filter.column.name !== countBy?.name) return 'not counted';
  const values = [...new Set(filter.values.map(String))];
  return build.hasOther && values.some((value) => !build.categories.includes(value)) ? 'not counted' : values;
}

/** The fields of a layer as TileJSON lists them, with the zooms that they are there at. */
export function fieldsByZoom(
  pyramid: Pyramid | undefined,
  fields: Readonly<Record<string, string>>,
): Record<string, string> {
  if (!pyramid?.build) return { ...fields };
  const { definition, build } = pyramid;
  const cells = Object.entries(cellFields(definition, build));
  const points = Object.entries(fields);
  const from = `from zoom ${definition.below}: `;
  const until = definition.below === 1 ? 'zoom 0: ' : `zoom 0–${definition.below - 1}: `;
  const all = new Map(cells.map(([name, text]) => [name, `${until}${text}`]));
  for (const [name, text] of points) {
    const known = all.get(name);
    all.set(name, known === undefined ? `${from}${text}` : `${known}; ${from}${text}`);
  }
  return Object.fromEntries(all);
}

export type FieldType = 'Number' | 'Boolean' | 'String';

/** The types of those fields: cells have numbers; what is a number there and something else in points is text. */
export function fieldTypes(
  pyramid: Pyramid | undefined,
  fields: Readonly<Record<string, FieldType>>,
): Record<string, FieldType> {
  if (!pyramid?.build) return { ...fields };
  const all: Record<string, FieldType> = {};
  for (const name of Object.keys(cellFields(pyramid.definition, pyramid.build))) all[name] = 'Number';
  for (const [name, type] of Object.entries(fields))
    all[name] = (all[name] ?? type) === type ? type : 'String';
  return all;
}

/** What TileJSON says of tiles that do not hold every point. */
export function thinningOf(pyramid: Pyramid | undefined): Pick<VectorLayer, 'thinned'> {
  if (!pyramid?.build || !pyramid.definition.isAutomatic) return {};
  const { below } = pyramid.definition;
  const keeps = `one point of each cell of a grid, where a tile would have more than ${THINNED_BYTES} bytes; X-Tile-Truncated says where`;
  return { thinned: { minzoom: below, bytes: THINNED_BYTES, keeps } };
}

/** What the list of layers says of a layer's pyramid. */
export function pyramidSummary(ctx: Context, layer: Layer): object {
  const problem = ctx.pyramids.problem(layer);
  if (problem !== undefined) return { pyramid: { problem } };
  const pyramid = ctx.pyramids.of(layer);
  if (!pyramid) return {};
  const { definition, build } = pyramid;
  return {
    pyramid: {
      ...(definition.isAutomatic ? { automatic: true } : {}),
      below: definition.below,
      ...(build
        ? {
            builtAt: build.builtAt,
            stale: ctx.pyramids.isStale(definition.layer),
            points: build.points,
            leftOut: build.leftOut,
            cells: build.cells,
          }
        : { building: true }),
    },
  };
}
