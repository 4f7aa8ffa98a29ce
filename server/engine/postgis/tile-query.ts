import { createHash } from 'node:crypto';
import { featureIds, keyItems, mvtItems, number } from '../../catalog/expressions.ts';
import { filterConditions, where, type Filter } from '../../catalog/filters.ts';
import { isFinite } from '../../catalog/geometry.ts';
import type { Column, TableLayer } from '../../catalog/types.ts';
import { filterSql, type LayerFilter } from '../../cql2/filter.ts';
import { ident, join, literal, named, sql, type Sql } from '../../db/sql.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES, tileBounds, tileEnvelope } from '../grid.ts';
import { gridEnvelope } from '../grids/grid.ts';
import type { Stamp } from '../../generations/generations.ts';
import type { TileCoord } from '../types.ts';
import { inGrid, inGridTile, type GridPlace } from './grid-geometry.ts';
import { DEGREES, envelope, inMetres, inMetresOf, marginOf, WEB_MERCATOR, type Box } from './metres.ts';

export interface TileQuery {
  layer: TableLayer;
  /** Name of the layer inside the tile. */
  name: string;
  coord: TileCoord;
  /** The grid that `coord` is of, and the area of degrees that the tile lies in; Web Mercator where absent. */
  place?: GridPlace | undefined;
  /** Attributes to carry; see `defaultColumns`. */
  columns: readonly Column[];
  filters: readonly Filter[];
  /** What `filter=` asks for. */
  where?: LayerFilter | undefined;
  /** Tile units around the tile that are drawn too. */
  buffer: number;
  maxFeatures: number;
  /** Selected beside the tile: what the data was at that moment (see `Generations.stamp`). */
  stamp: Sql;
  /** Keep the largest features, in key order where they are alike, and not whichever are found first. */
  largest?: boolean;
}

/** Below this zoom a tile is so wide that its outline may not exist in a local coordinate system. */
const LOCAL_ENVELOPE_ZOOM = 5;
const WORLD_DEGREES = 360;
/** Pieces that a side of a tile's outline is cut into. */
const OUTLINE_STEPS = 16;

/** The one row that `tileQuery` gives. */
export interface TileRow {
  mvt: Buffer;
  features: number;
  /** There was one row more than the cap allows; the tile holds that one too. */
  more: boolean;
  stamp: Stamp | null;
}

/**
 * One tile of a table, made by PostGIS.
 *
 * The envelope is transformed to the table's SRID, never the column to the tile's, so that the
 * column's own index serves; only what passes it is transformed. Bounds are parameters, so that tiles of one
 * layer have one text, which is prepared once per connection; the pool has each execution planned anew
 * (`plan_cache_mode`), so the planner still sees how much of the table a tile covers and picks the index
 * or the scan accordingly.
 */
export function tileQuery(query: TileQuery): Sql {
  const { layer, coord, buffer, maxFeatures, columns, place } = query;
  const tile = place
    ? envelope(gridEnvelope(place.grid, coord), place.grid.srid)
    : envelope(tileEnvelope(coord), WEB_MERCATOR);
  const drawn = place ? inGrid(layer, place) : inMetresOf(layer, coord, buffer);
  const found = place ? inGridTile(layer, place, coord, buffer) : inTile(layer, coord, buffer);
  const geometry = unlike(columns, 'mvt_geometry');
  const idName = unlike(columns, 'mvt_id');
  const key = layer.columns.find(({ name }) => name === layer.key?.integer);
  const items = [
    sql`st_asmvtgeom(${drawn}, ${tile}, ${number(DEFAULT_EXTENT)}, ${number(buffer)}, true) as ${ident(geometry)}`,
    ...(key ? [sql`${featureIds(key)} as ${ident(idName)}`] : []),
    ...(key && !columns.includes(key) ? keyItems(key) : []),
    ...columns.flatMap(mvtItems),
  ];
  const rows = sql`select ${join(items)}
    from ${ident(layer.schema, layer.name)}
    ${where([found, isFinite(layer), ...filterConditions(query.filters), ...filterSql(query.where, layer)])}`;
  const cut = ident(geometry);
  const largest = sql`select * from (${rows}) feature where ${cut} is not null
    order by st_area(${cut}) + st_length(${cut}) desc${key ? sql`, ${ident(idName)}` : sql``} limit ${number(maxFeatures)}`;
  const source = query.largest ? largest : sql`${rows} limit ${number(maxFeatures + 1)}`;
  const names = [geometry, ...(key ? [idName] : [])].map((name) => literal(name));
  // `tile.*` is the row even where a column is called tile.
  const made = sql`select st_asmvt(tile.*, ${query.name}, ${number(DEFAULT_EXTENT)}, ${join(names)}) as mvt,
      count(${cut})::int as features, count(*) > ${number(maxFeatures)} as more,
      ${query.stamp} as stamp
    from (${source}) tile`;
  return isCommon(query) ? named(statementName(made), made) : made;
}

/**
 * Whether a tile is asked for as most are. Connections keep what they have prepared, and anybody can
 * vary columns, filters and caps: those go unprepared.
 */
function isCommon({ layer, columns, filters, where: asked, largest }: TileQuery): boolean {
  const usual = withKey(layer, defaultColumns(layer));
  const asUsual = columns.length === usual.length && usual.every((column) => columns.includes(column));
  return !largest && !asked && filters.length === 0 && asUsual;
}

function statementName({ text }: Sql): string {
  return `tile ${createHash('sha1').update(text).digest('base64url')}`;
}

/**
 * The outline that a tile is searched by in the layer's own system; undefined where it is not. PostGIS
 * fails on it where the tile lies outside of what that system can describe.
 */
export function outlineQuery({ layer, coord, buffer, place }: TileQuery): Sql | undefined {
  if (place) return undefined;
  const { srid, isGeography } = layer.geometry;
  const direct = srid === WEB_MERCATOR || (srid === DEGREES && !isGeography);
  if (direct || coord.z < LOCAL_ENVELOPE_ZOOM) return undefined;
  return sql`select ${outline(layer, coord, buffer)} is not null as known`;
}

/** Whether any row may be seen in a tile or in those that it is divided into: one without content may only be too small. */
export function anyInTile(layer: TableLayer, coord: TileCoord, buffer: number): Sql {
  return sql`select exists (select from ${ident(layer.schema, layer.name)} where ${inTile(layer, coord, buffer)}) as any`;
}

/** A name that none of the columns has. */
function unlike(columns: readonly Column[], name: string): string {
  return columns.some((column) => column.name === name) ? unlike(columns, `${name}_`) : name;
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
  const margin = marginOf(buffer);
  const { srid, isGeography, column, hasIndex, hasProjectedIndex } = layer.geometry;
  const isLocal = srid !== WEB_MERCATOR && (srid !== DEGREES || isGeography);
  if (hasProjectedIndex && (isLocal || !hasIndex)) return inProjectedTile(layer, tileEnvelope(coord, margin));
  // Boxes are compared as numbers, whatever their SRID, so one that is only assumed needs no setting.
  const raw = ident(column);
  if (srid === WEB_MERCATOR) return sql`${raw} && ${envelope(tileEnvelope(coord, margin), srid)}`;
  if (srid === DEGREES && !isGeography) {
    const bounds = tileBounds(coord, margin);
    return sql`(${join(
      acrossAntimeridian(bounds, WORLD_DEGREES).map((box) => sql`${raw} && ${envelope(box, DEGREES)}`),
      ' or ',
    )})`;
  }
  if (coord.z < LOCAL_ENVELOPE_ZOOM) {
    return sql`${inMetres(layer)} && ${envelope(tileEnvelope(coord, margin), WEB_MERCATOR)}`;
  }
  const area = outline(layer, coord, buffer);
  return isGeography ? sql`${raw} && ${area}::geography` : sql`${raw} && ${area}`;
}

/** By an index on the transformed geometry, written as the index has it. All rows can be transformed: it holds them. */
function inProjectedTile({ geometry: { column, isGeography } }: TableLayer, box: Box): Sql {
  const raw = isGeography ? sql`${ident(column)}::geometry` : ident(column);
  const metres = sql`st_transform(${raw}, ${number(WEB_MERCATOR)})`;
  const boxes = acrossAntimeridian(box, 2 * HALF_WORLD_METRES);
  return sql`(${join(
    boxes.map((one) => sql`${metres} && ${envelope(one, WEB_MERCATOR)}`),
    ' or ',
  )})`;
}

/** Straight in metres is curved elsewhere, so the outline gets points before it is transformed. */
function outline(layer: TableLayer, coord: TileCoord, buffer: number): Sql {
  const [west, , east] = tileEnvelope(coord);
  const metres = envelope(tileEnvelope(coord, marginOf(buffer)), WEB_MERCATOR);
  const step = (east - west) / OUTLINE_STEPS;
  return sql`st_transform(st_segmentize(${metres}, ${step}::float8), ${number(layer.geometry.srid)})`;
}

/** The box itself, and its copies a world away: data may count longitudes from 0 to 360. */
function acrossAntimeridian(box: Box, world: number): Box[] {
  const [west, south, east, north] = box;
  return [box, [west + world, south, east + world, north], [west - world, south, east - world, north]];
}
