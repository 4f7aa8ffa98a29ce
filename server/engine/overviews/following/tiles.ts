import type { TableLayer } from '../../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../../grid.ts';
import { BUDGET, excess, tileOfSides, type Fullness } from '../budget.ts';
import { boxOf, ownColumns, sidesOf, type CopyTable, type Sides } from '../copies.ts';
import { unitAt } from '../level.ts';
import { makeTilesAt, tilesMeeting, type Place, type TilesOf } from '../made-tiles.ts';
import { CHANGE } from './changes.ts';
import type { ReadMeeting } from './plan.ts';

type Tile = Place & Fullness;

/**
 * Makes the tiles anew that changed rows of a copy are in, or were in.
 * @returns how many; undefined where one has come to be too large
 */
export async function followTiles(
  tx: Queryable,
  layer: TableLayer,
  of: TilesOf,
  readMeeting: ReadMeeting = () => Promise.resolve(),
): Promise<number | undefined> {
  const places = await tx.run<Place>(tilesMeeting(changedBoxes(layer, of.copy), of));
  if (places.length === 0) return 0;
  const all = sql`unnest(${places.map(({ x }) => x)}::int[], ${places.map(({ y }) => y)}::int[]) tile (x, y)`;
  const { xmin, ymin, xmax, ymax } = sidesOfTile({ x: sql`tile.x`, y: sql`tile.y` }, of);
  await readMeeting(sql`select box(point(${xmin}, ${ymin}), point(${xmax}, ${ymax})) as box from ${all}`);
  const tiles = ident(of.tiles.schema, of.tiles.name);
  const wanted = sql`(x, y) in (select x, y from ${all})`;
  const read = sql`x, y, features, length(mvt) as bytes`;
  const before = await tx.run<Tile>(
    sql`delete from ${tiles} where z = ${of.zoom} and ${wanted} returning ${read}`,
  );
  await makeTilesAt(tx, layer, of, places);
  const after = await tx.run<Tile>(sql`select ${read} from ${tiles} where z = ${of.zoom} and ${wanted}`);
  const isOver = (tile: Tile | undefined): boolean => tile !== undefined && excess(tile) > 1;
  const cameToBe = after.some(
    (tile) => isOver(tile) && !isOver(before.find(({ x, y }) => x === tile.x && y === tile.y)),
  );
  return cameToBe ? undefined : places.length;
}

/** Boxes of a relation. */
export interface Boxes {
  readonly from: Sql;
  readonly sides: Sides;
  /** Whether one meets the box of others. */
  readonly meets: (sides: Sides) => Sql;
}

export function boxesOf(layer: TableLayer, { schema, name }: CopyTable): Boxes {
  const g = ident(layer.geometry.column);
  const meets = ({ xmin, ymin, xmax, ymax }: Sides): Sql =>
    sql`${g} && st_makeenvelope(${join([xmin, ymin, xmax, ymax])}, 3857)`;
  return { from: ident(schema, name), sides: sidesOf(g), meets };
}

/** Whether changed rows are in a tile, of a zoom whose tiles had few, that has more of all than a tile may have by now. */
export async function areTooMany(
  tx: Queryable,
  changed: Sql,
  { from, sides, meets }: Boxes,
  zoom: number,
): Promise<boolean> {
  const middle = tileOfSides(sides, zoom);
  const inTile = meets(sidesOfTile({ x: sql`tile.x`, y: sql`tile.y` }, { zoom, buffer: 0 }));
  const found = await tx.run(
    sql`select 1 from (${tilesMeeting(changed, { zoom, buffer: 0 })}) tile cross join lateral (
        select count(*) as rows from ${from} where ${inTile} and ${middle.x} = tile.x and ${middle.y} = tile.y) counted
      where counted.rows > ${BUDGET.features} limit 1`,
  );
  return found.length > 0;
}

/** Where changed rows of a copy are, and were. */
export function changedBoxes(layer: TableLayer, { schema, name }: CopyTable): Sql {
  const row = ident(ownColumns(layer).row);
  return sql`select was as box from ${CHANGE} where source = ${name} and was is not null
    union all select ${boxOf(sql`s.${ident(layer.geometry.column)}`)} from ${CHANGE} c join ${ident(schema, name)} s on s.${row} = c.row
    where c.source = ${name}`;
}

/** A tile with what is drawn around it. */
function sidesOfTile(
  { x, y }: { x: Sql; y: Sql },
  { zoom, buffer }: Pick<TilesOf, 'zoom' | 'buffer'>,
): Sides {
  const side = sql`${unitAt(zoom) * DEFAULT_EXTENT}::float8`;
  const margin = sql`${unitAt(zoom) * buffer}::float8`;
  const half = sql`${HALF_WORLD_METRES}::float8`;
  return {
    xmin: sql`(${x} * ${side} - ${half} - ${margin})`,
    ymin: sql`(${half} - (${y} + 1) * ${side} - ${margin})`,
    xmax: sql`((${x} + 1) * ${side} - ${half} + ${margin})`,
    ymax: sql`(${half} - ${y} * ${side} + ${margin})`,
  };
}
