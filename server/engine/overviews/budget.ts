import { number } from '../../catalog/expressions.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { DEFAULT_BUFFER, DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import { defaultColumns, tileQuery, withKey, type TileQuery, type TileRow } from '../postgis/tile-query.ts';
import { copyOf, ownColumns, sidesOf, type CopyTable, type Sides } from './copies.ts';
import { inCells, unitAt } from './level.ts';

/** Bytes and features that a tile may have. */
export const BUDGET = { bytes: 199_000, features: 2_500 } as const;
/** Bytes of a row of a tile in which neighbours were put together, about. */
const BYTES_OF_ROW = 100;

/** Tiles of a zoom that are made to see how large they get: those that look largest. */
const LOOKED_AT = 2;
/** Of more rows than this nobody need know how many bytes they take. */
const FAR_TOO_MANY = 20_000;
/** Sides of cells to choose from, in tile units: an eighth of a tile is the largest. */
const CELLS = Array.from({ length: 14 }, (_, i) => Math.round(8 * 2 ** (i / 2) * 10) / 10).filter(
  (cell) => cell <= 512,
);

export interface Fullness {
  readonly bytes: number;
  readonly features: number;
}

/** How full the fullest tile of a zoom is, made from a table. */
export async function fullestTile(
  tx: Queryable,
  layer: TableLayer,
  table: CopyTable,
  zoom: number,
): Promise<Fullness> {
  let [bytes, features] = [0, 0];
  for (const { x, y, rows } of await largest(tx, layer, table, zoom)) {
    features = Math.max(features, rows);
    if (rows > FAR_TOO_MANY) return { bytes: rows * 20, features: rows };
    const [made] = await tx.run<TileRow>(usualTile(layer, table, { z: zoom, x, y }, DEFAULT_BUFFER));
    bytes = Math.max(bytes, made?.mvt.length ?? 0);
    features = Math.max(features, made?.features ?? 0);
  }
  return { bytes, features };
}

/** A tile that nothing is asked of, whole, as a layer without a name. */
export function usualTile(
  layer: TableLayer,
  table: CopyTable,
  coord: TileQuery['coord'],
  buffer: number,
): Sql {
  return tileQuery({
    layer: copyOf(layer, table),
    name: '',
    coord,
    columns: withKey(layer, defaultColumns(layer)),
    filters: [],
    buffer,
    maxFeatures: 2 * FAR_TOO_MANY,
    stamp: sql`null`,
  });
}

/** How many times over its budget a tile is. */
export function excess({ bytes, features }: Fullness): number {
  return Math.max(bytes / BUDGET.bytes, features / BUDGET.features);
}

/** Sides of cells, in tile units: the smallest with which the fullest tile of a zoom may be small enough, and what is larger. */
export async function cellsFor(
  tx: Queryable,
  layer: TableLayer,
  table: CopyTable,
  zoom: number,
): Promise<readonly number[]> {
  const [fullest] = await largest(tx, layer, table, zoom);
  if (!fullest) return CELLS;
  const row = ident(ownColumns(layer).row);
  const sides = sidesOf(ident(layer.geometry.column));
  const counts = CELLS.map((cell) => {
    const { isSmall, x, y } = inCells(sides, sql`${cell * unitAt(zoom)}::float8`);
    const group = sql`case when ${isSmall} then array[${x}, ${y}] else array[${row}::float8] end`;
    return sql`count(distinct ${group})::int`;
  });
  const { at, of } = tileOfRow(layer, table, zoom);
  const [found] = await tx.run<{ counts: number[] }>(
    sql`select array[${join(counts)}] as counts from ${of} where ${at.x} = ${fullest.x} and ${at.y} = ${fullest.y}`,
  );
  const most = Math.min(BUDGET.features, BUDGET.bytes / BYTES_OF_ROW);
  const first = found?.counts.findIndex((count) => count <= most) ?? -1;
  return first < 0 ? CELLS.slice(-1) : CELLS.slice(first);
}

/** Tiles by rows and bytes of those that have their middle in them. */
function largest(
  tx: Queryable,
  layer: TableLayer,
  table: CopyTable,
  zoom: number,
): Promise<{ x: number; y: number; rows: number }[]> {
  const { at, of } = tileOfRow(layer, table, zoom);
  const bytes = sql`pg_column_size(${ident(layer.geometry.column)})`;
  return tx.run(sql`select ${at.x} as x, ${at.y} as y, count(*)::int as rows from ${of}
    group by 1, 2 order by sum(${bytes} + 200) desc limit ${number(LOOKED_AT)}`);
}

/** The tile that a row has its middle in. */
function tileOfRow(
  layer: TableLayer,
  { schema, name }: CopyTable,
  zoom: number,
): { at: { x: Sql; y: Sql }; of: Sql } {
  return { at: tileOfSides(sidesOf(ident(layer.geometry.column)), zoom), of: ident(schema, name) };
}

/** The tile that the middle of a box is in. */
export function tileOfSides({ xmin, ymin, xmax, ymax }: Sides, zoom: number): { x: Sql; y: Sql } {
  const side = sql`${unitAt(zoom) * DEFAULT_EXTENT}::float8`;
  const half = sql`${HALF_WORLD_METRES}::float8`;
  const inWorld = (tile: Sql): Sql => sql`least(greatest(floor(${tile}), 0), ${number(2 ** zoom - 1)})::int`;
  return {
    x: inWorld(sql`((${xmin} + ${xmax}) / 2 + ${half}) / ${side}`),
    y: inWorld(sql`(${half} - (${ymin} + ${ymax}) / 2) / ${side}`),
  };
}
