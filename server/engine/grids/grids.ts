import { isTransformError } from '../../catalog/failed-query.ts';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Bounds } from '../types.ts';
import { DEGREE_METRES, PIXELS, WORLD_CRS84_QUAD, type Grid } from './grid.ts';
import type { GridConfig, GridMaps } from './maps.ts';
import { projectedBounds } from './projection.ts';

/** Pixels of a tile that a grid's bounds take, where its origin is not given: the rest is for round numbers. */
const USED_PIXELS = PIXELS - 4;

/** The grids that tiles are cut in besides that of Web Mercator: the OGC's in degrees, and those of `maps.yaml`. */
export class Grids {
  readonly #db: Queryable;
  readonly #maps: GridMaps;
  #grids: ReadonlyMap<string, Grid> = new Map();
  #problems: ReadonlyMap<string, string> = new Map();
  #resolved = '{}';
  #epoch = 0;

  constructor(db: Queryable, maps: GridMaps) {
    this.#db = db;
    this.#maps = maps;
    this.#use([]);
  }

  /** Holds `maps.yaml` against the systems that the database knows. */
  async resolve(): Promise<void> {
    const { grids } = this.#maps;
    const wanted = JSON.stringify(grids);
    if (wanted === this.#resolved) return;
    const found: Grid[] = [];
    const problems = new Map<string, string>();
    for (const [id, config] of Object.entries(grids)) {
      const grid = await this.#define(id, config);
      if (typeof grid === 'string') problems.set(id, grid);
      else found.push(grid);
    }
    this.#use(found);
    this.#problems = problems;
    this.#epoch++;
    this.#resolved = wanted;
  }

  all(): readonly Grid[] {
    return [...this.#grids.values()];
  }

  of(id: string): Grid | undefined {
    return this.#grids.get(id);
  }

  /** Grows whenever the tiles of a grid may have come to be others. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Why there are no grids that `maps.yaml` names. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems;
  }

  #use(grids: readonly Grid[]): void {
    this.#grids = new Map([WORLD_CRS84_QUAD, ...grids].map((grid) => [grid.id, grid]));
  }

  /** The grid, or why there cannot be one. */
  async #define(id: string, config: GridConfig): Promise<Grid | string> {
    const [system] = await this.#db.run<{ srid: number; definition: string }>(
      sql`select srid, srtext as definition from spatial_ref_sys
        where upper(auth_name) = 'EPSG' and auth_srid = ${config.epsg} order by srid limit 1`,
      { readOnly: true },
    );
    if (!system) return `the database knows no EPSG:${config.epsg}`;
    const isGeographic = /^GEOGCS\[/.test(system.definition);
    if (!isGeographic && !/^PROJCS\[/.test(system.definition))
      return `EPSG:${config.epsg} is not a system of a plane`;
    const [west, south, east, north] = config.bounds;
    const bounds: Bounds = [west, south, east < west ? east + 360 : east, north];
    const extent = await projectedBounds(this.#db, bounds, system.srid).catch((error: unknown) => {
      if (isTransformError(error)) return undefined;
      throw error;
    });
    if (!extent?.every(Number.isFinite))
      return `EPSG:${config.epsg} has no place for all that lies within its bounds`;
    const { origin, cellSize } = cornerOf(config, extent);
    const side = cellSize * PIXELS;
    const [columns, rows] = [
      Math.ceil((extent[2] - origin[0]) / side),
      Math.ceil((origin[1] - extent[1]) / side),
    ];
    if (!(columns >= 1 && rows >= 1 && Math.max(columns, rows) <= MOST_TILES))
      return `from its origin, tiles of ${cellSize} × ${PIXELS} do not cover its bounds, or not with ${MOST_TILES} at most`;
    return {
      id,
      title: config.title ?? id,
      srid: system.srid,
      isDegrees: false,
      bounds,
      origin,
      side,
      unitMetres: isGeographic ? DEGREE_METRES : metresOf(system.definition),
      columns,
      rows,
      // Where another version of PROJ has its corners elsewhere, it has everything elsewhere.
      key: JSON.stringify([system.srid, bounds, origin, side, columns, rows, extent]),
    };
  }
}

/** Tiles that zoom 0 may have on a side. */
const MOST_TILES = 256;

/** The upper left corner and the size of a pixel at zoom 0; of no origin, of round numbers such that one tile has it all. */
function cornerOf({ origin, cellSize }: GridConfig, [minX, minY, maxX, maxY]: Bounds) {
  if (origin && cellSize !== undefined) return { origin, cellSize };
  const size = roundUp(Math.max(maxX - minX, maxY - minY) / USED_PIXELS);
  return { origin: [Math.floor(minX / size) * size, Math.ceil(maxY / size) * size] as const, cellSize: size };
}

/** The next number of three digits. */
function roundUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return Number((Math.ceil(value / unit) * unit).toPrecision(3));
}

/** Metres of the unit of a projected system: the last that its definition names. */
function metresOf(definition: string): number {
  const units = [...definition.matchAll(/UNIT\["[^"]*",\s*([\d.eE+-]+)/g)];
  return Number(units.at(-1)?.[1] ?? 1) || 1;
}
