import { number, tileValue } from '../../catalog/expressions.ts';
import {
  geometryInDegrees,
  inOpenDegrees,
  isFinite,
  isWiderThanWorld,
  plainGeometry,
} from '../../catalog/geometry.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Stamp } from '../../generations/generations.ts';
import { DEGREES, inMetres, inOpenMetres, leavesWorld, WEB_MERCATOR } from '../postgis/metres.ts';
import type { PropertyValue } from '../types.ts';

/** Decimal places of degrees that geometry is read with: 0.1 mm. */
const DIGITS = 9;

export interface RawRow {
  g: string | null;
  /** In one of the rows. */
  stamp: Stamp | null;
  [column: `c${number}`]: PropertyValue | null;
}

/** Rows and vertices of a layer. */
export interface LayerSize {
  rows: number;
  vertices: number;
}

/** Counts a layer; of one that has more rows than `maxRows`, no more than that. */
export function sizeQuery(layer: TableLayer, maxRows: number): Sql {
  return sql`select count(*)::int as rows, coalesce(sum(st_npoints(g)), 0)::float8 as vertices
    from (select ${plainGeometry(layer)} as g from ${ident(layer.schema, layer.name)}
      limit ${number(maxRows + 1)}) rows`;
}

/** Columns go by position, as any name may be taken by a table. */
export function loadQuery(layer: TableLayer, stamp: Sql): Sql {
  const columns = layer.columns.map((column, i) => sql`${tileValue(column)} as ${ident(`c${i}`)}`);
  const first = sql`case when row_number() over () = 1 then ${stamp} end as stamp`;
  const geometry = sql`case when ${isFinite(layer)} then st_asgeojson(${drawable(layer)}, ${number(DIGITS)}) end as g`;
  // `t.`, as ORDER BY takes a bare name for the output column of that name.
  const key = (layer.key?.columns ?? []).map((name) => sql`t.${ident(name)}`);
  return sql`select ${join([first, geometry, ...columns])}
    from ${ident(layer.schema, layer.name)} t ${key.length > 0 ? sql`order by ${join(key)}` : sql``}`;
}

/**
 * The geometry in degrees, an invalid polygon mended as `ST_AsMVTGeom` does unless nothing is left of
 * it then: in web mercator, where its edges are straight, as that decides where they cross.
 */
function drawable(layer: TableLayer): Sql {
  const degrees = geometryInDegrees(layer);
  if (/POINT|LINE/.test(layer.geometry.type)) return degrees;
  const mend = (metres: Sql): Sql => sql`st_collectionextract(st_makevalid(${metres}), 3)`;
  const inWorld = sql`st_transform(${mend(inMetres(layer))}, 4326)`;
  const { srid } = layer.geometry;
  const [leaves, open] =
    srid === DEGREES ? [leavesWorld(layer), inOpenMetres(layer)] : [isWiderThanWorld(layer), inMetres(layer)];
  const mended =
    srid === DEGREES || srid === WEB_MERCATOR
      ? sql`case when ${leaves} then ${inOpenDegrees(mend(open))} else ${inWorld} end`
      : inWorld;
  return sql`case when st_dimension(${degrees}) < 2 or st_isvalid(${degrees}) or st_isempty(${mended})
    then ${degrees} else ${mended} end`;
}
