import { number, mvtItems, plainGeometry } from '../catalog/expressions.ts';
import { filterConditions, where, type Filter } from '../catalog/filters.ts';
import type { Column, TableLayer } from '../catalog/types.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import { DEFAULT_EXTENT, tileBounds, tileEnvelope } from './grid.ts';
import type { TileCoord } from './types.ts';

export interface TileQuery {
  layer: TableLayer;
  /** Name of the layer inside the tile. */
  name: string;
  coord: TileCoord;
  /** Attributes to carry; see `defaultColumns`. */
  columns: readonly Column[];
  filters: readonly Filter[];
  /** Tile units around the tile that are drawn too. */
  buffer: number;
  maxFeatures: number;
  /** Selected beside the tile: what the data was at that moment (see `Generations.stamp`). */
  stamp: Sql;
}

/** Below this zoom a tile is so wide that its outline may not exist in a local coordinate system. */
const LOCAL_ENVELOPE_ZOOM = 5;
const WEB_MERCATOR = 3857;
const DEGREES = 4326;
const WORLD_DEGREES = 360;

/**
 * One tile of a table, made by PostGIS: `mvt` (bytes), `features`, and `truncated` where the cap bit.
 *
 * The envelope is transformed to the table's SRID, never the column to the tile's, so that the
 * column's own index serves; only what passes it is transformed. Bounds are literals: with them the
 * planner sees how much of the table a tile covers and picks the index or the scan accordingly.
 */
export function tileQuery(query: TileQuery): Sql {
  const { layer, coord, buffer, maxFeatures } = query;
  const tile = envelope(tileEnvelope(coord), WEB_MERCATOR);
  const id = layer.key?.integer;
  const items = [
    sql`st_asmvtgeom(${inMetres(layer)}, ${tile}, ${number(DEFAULT_EXTENT)}, ${number(buffer)}, true) as mvt_geometry`,
    ...(id === undefined ? [] : [sql`${ident(id)} as mvt_id`]),
    ...query.columns.flatMap(mvtItems),
  ];
  return sql`select st_asmvt(tile, ${query.name}, ${number(DEFAULT_EXTENT)}, 'mvt_geometry'${id === undefined ? sql`` : sql`, 'mvt_id'`}) as mvt,
      count(mvt_geometry)::int as features, count(*) > ${number(maxFeatures)} as truncated,
      ${query.stamp} as stamp
    from (select ${join(items)}
      from ${ident(layer.schema, layer.name)}
      ${where([inTile(layer, coord, buffer), ...filterConditions(query.filters)])}
      limit ${number(maxFeatures + 1)}) tile`;
}

/** Attributes that tiles carry unless `columns=` says otherwise: all but the integer key, which is the id. */
export function defaultColumns(layer: TableLayer): readonly Column[] {
  return layer.columns.filter((column) => column.name !== layer.key?.integer);
}

/** What `columns=` chose, and the key where no integer can be the feature id. */
export function withKey(layer: TableLayer, columns: readonly Column[]): readonly Column[] {
  if (!layer.key || layer.key.integer !== undefined) return columns;
  const { columns: key } = layer.key;
  return layer.columns.filter((column) => columns.includes(column) || key.includes(column.name));
}

function inTile(layer: TableLayer, coord: TileCoord, buffer: number): Sql {
  const margin = buffer / DEFAULT_EXTENT;
  const { srid, isGeography, column, sridAssumed } = layer.geometry;
  const raw = sridAssumed ? plainGeometry(layer) : ident(column);
  if (srid === WEB_MERCATOR) return sql`${raw} && ${envelope(tileEnvelope(coord, margin), srid)}`;
  if (srid === DEGREES && !isGeography) {
    const bounds = tileBounds(coord, margin);
    return sql`(${join(
      acrossAntimeridian(bounds).map((box) => sql`${raw} && ${envelope(box, DEGREES)}`),
      ' or ',
    )})`;
  }
  const metres = envelope(tileEnvelope(coord, margin), WEB_MERCATOR);
  if (coord.z < LOCAL_ENVELOPE_ZOOM) return sql`${inMetres(layer)} && ${metres}`;
  // Straight in metres is curved elsewhere, so the outline gets points before it is transformed.
  const [west, , east] = tileEnvelope(coord);
  const outline = sql`st_transform(st_segmentize(${metres}, ${number((east - west) / 16)}), ${number(srid)})`;
  return isGeography ? sql`${raw} && ${outline}::geography` : sql`${raw} && ${outline}`;
}

type Box = readonly [west: number, south: number, east: number, north: number];

/** The box itself, and its copies a world away: data may count longitudes from 0 to 360. */
function acrossAntimeridian(box: Box): Box[] {
  const [west, south, east, north] = box;
  return [
    box,
    [west + WORLD_DEGREES, south, east + WORLD_DEGREES, north],
    [west - WORLD_DEGREES, south, east - WORLD_DEGREES, north],
  ];
}

/**
 * The geometry in web mercator. What lies beyond the poles' cut-off has no place there and is clipped
 * first, and what crosses the antimeridian is cut there and moved into the world; only rows that need
 * it pay for that.
 */
function inMetres(layer: TableLayer): Sql {
  const plain = plainGeometry(layer);
  const { srid } = layer.geometry;
  if (srid === WEB_MERCATOR) return plain;
  if (srid !== DEGREES) return sql`st_transform(${plain}, ${number(WEB_MERCATOR)})`;
  const wrapped = sql`case when st_xmax(${plain}) > 180 then st_wrapx(${plain}, 180, -360)
    when st_xmin(${plain}) < -180 then st_wrapx(${plain}, -180, 360) else ${plain} end`;
  const clipped = sql`case when st_ymax(${plain}) > 89.9 or st_ymin(${plain}) < -89.9
    then st_clipbybox2d(${wrapped}, st_makeenvelope(-180, -89.9, 180, 89.9, 4326)) else ${wrapped} end`;
  return sql`st_transform(${clipped}, ${number(WEB_MERCATOR)})`;
}

function envelope(box: Box, srid: number): Sql {
  return sql`st_makeenvelope(${join(box.map(number))}, ${number(srid)})`;
}
