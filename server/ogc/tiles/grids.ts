import type { Grid } from '../../engine/grids/grid.ts';
import { projectedBounds } from '../../engine/grids/projection.ts';
import type { Bounds } from '../../engine/types.ts';
import { AppError, shorten } from '../../errors.ts';
import type { OgcContext } from '../context.ts';
import { CRS84, type System, type Systems } from '../place/systems.ts';
import { matrixSetOf, WEB_MERCATOR_QUAD, type MatrixSet } from './matrix.ts';

/** Ids of all grids. */
export const matrixSetIds = ({ grids }: Pick<OgcContext, 'grids'>): string[] => [
  WEB_MERCATOR_QUAD.id,
  ...grids.all().map(({ id }) => id),
];

/** The grid that tiles are asked in; undefined for that of Web Mercator. @throws AppError `route_not_found` */
export function gridNamed({ grids }: Pick<OgcContext, 'grids'>, id: string): Grid | undefined {
  if (id === WEB_MERCATOR_QUAD.id) return undefined;
  const grid = grids.of(id);
  if (grid) return grid;
  const there = matrixSetIds({ grids } as Pick<OgcContext, 'grids'>).join(', ');
  throw new AppError('route_not_found', {
    detail: `there is no tile matrix set ${shorten(id, 40)}; there are ${there}`,
  });
}

/** The system that a grid's plane is of, as others name it. */
export const systemOfGrid = (systems: Systems, grid: Grid | undefined): Promise<System> =>
  grid ? (grid.isDegrees ? Promise.resolve(CRS84) : systems.numbered(grid.srid)) : systems.numbered(3857);

/** All grids, that of Web Mercator first. */
export const matrixSets = ({ grids }: Pick<OgcContext, 'grids'>, systems: Systems): Promise<MatrixSet[]> =>
  Promise.all([undefined, ...grids.all()].map((grid) => matrixSet(systems, grid)));

export async function matrixSet(systems: Systems, grid: Grid | undefined): Promise<MatrixSet> {
  return grid ? matrixSetOf(grid, await systemOfGrid(systems, grid)) : WEB_MERCATOR_QUAD;
}

/** How far an area of degrees reaches on the plane of a grid; undefined where the grid covers nothing of it. */
export async function extentIn(
  { db }: Pick<OgcContext, 'db'>,
  grid: Grid,
  [west, south, east, north]: Bounds,
): Promise<Bounds | undefined> {
  const [minX, minY, maxX, maxY] = grid.bounds;
  const parts = [-360, 0, 360].flatMap((turn): Bounds[] => {
    const part: Bounds = [
      Math.max(minX, west + turn),
      Math.max(minY, south),
      Math.min(maxX, east + turn),
      Math.min(maxY, north),
    ];
    return part[0] <= part[2] && part[1] <= part[3] ? [part] : [];
  });
  // A layer that ends at the antimeridian touches it from the other side, too.
  const wide = parts.filter((part) => part[0] < part[2] || west === east);
  if (wide.length === 0) return undefined;
  const all: Bounds = [
    Math.min(...wide.map((part) => part[0])),
    Math.min(...wide.map((part) => part[1])),
    Math.max(...wide.map((part) => part[2])),
    Math.max(...wide.map((part) => part[3])),
  ];
  return grid.isDegrees ? all : projectedBounds(db, all, grid.srid);
}
