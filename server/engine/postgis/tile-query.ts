import { createHash } from 'node:crypto';
import { featureIds, keyItems, mvtItems, number } from '../../catalog/expressions.ts';
import { filterConditions, where, type Filter } from '../../catalog/filters.ts';
import { isFinite } from '../../catalog/geometry.ts';
import type { Column, TableLayer } from '../../catalog/types.ts';
import { filterSql, type LayerFilter } from '../../cql2/filter.ts';
import { ident, join, literal, named, sql, statement, type Sql } from '../../db/sql.ts';
import { DEFAULT_EXTENT } from '../grid.ts';
import { gridEnvelope } from '../grids/grid.ts';
import type { Stamp } from '../../generations/generations.ts';
import type { TileCoord } from '../types.ts';
import { inGrid, inGridTile, type GridPlace } from './grid-geometry.ts';
import { DEGREES, envelope, inMetres, inMetresOf, isAtEdge, WEB_MERCATOR } from './metres.ts';
import { PLACE, placed, placedValues, type Box } from './place.ts';
import { bufferOfCells, thinned } from './thin.ts';

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
  /** Connections keep its statement: it is asked for as most are (`isCommon`), and needs no plan of its own. */
  keep?: boolean;
  /** Keep one point of each cell of this grid alone: see `thin.ts`. */
  thin?: number;
  /** Keep the largest features, in key order where they are alike, and not whichever are found first. */
  largest?: boolean;
}

/** Below this zoom a tile is so wide that its outline may not exist in a local coordinate system. */
const LOCAL_ENVELOPE_ZOOM = 5;

/** The one row that `tileQuery` gives. */
export interface TileRow {
  mvt: Buffer;
  features: number;
  /** Also those that cannot be seen; one more than the cap allows where there were more, and the tile holds that one too. */
  rows: number;
  stamp: Stamp | null;
}

/**
 * One tile of a table, made by PostGIS.
 *
 * The envelope is transformed to the table's SRID, never the column to the tile's, so that the
 * column's own index serves; only what passes it is transformed. Bounds are parameters, so that tiles of one
 * layer have one text. Of small tiles it is prepared, and after a few PostgreSQL keeps one plan for all, which is one
 * by the index; any other is planned for itself, as the planner then sees how much of the table it covers and picks
 * the index or the scan accordingly (a scan by several processes where that is much).
 */
export function tileQuery(query: TileQuery): Sql {
  const { layer, coord, buffer, stamp } = query;
  if (query.thin !== undefined) return placed(anyTile(query), coord, bufferOfCells(query.thin, buffer));
  if (!query.keep) return placed(anyTile(query), coord, buffer);
  const { name, text, values, stampAt } = preparedTile(layer, query);
  const own = placedValues(values, coord, buffer);
  stamp.values.forEach((value, i) => (own[stampAt + i] = value));
  return named(name, statement(text, own));
}

/** The statement of all tiles of a layer that are asked for alike, to be `placed`; of one alone in another grid. */
function anyTile(query: TileQuery): Sql {
  const { layer, coord, buffer, maxFeatures, columns, place } = query;
  const tile = place
    ? envelope(gridEnvelope(place.grid, coord), place.grid.srid)
    : envelope(PLACE.tile, WEB_MERCATOR);
  const drawn = place ? inGrid(layer, place) : inMetresOf(layer, isAtEdge(coord));
  const found = place ? inGridTile(layer, place, coord, buffer) : inTile(layer, coord);
  const geometry = unlike(columns, 'mvt_geometry');
  const idName = unlike(columns, 'mvt_id');
  const key = layer.columns.find(({ name }) => name === layer.key?.integer);
  const items = [
    sql`st_asmvtgeom(${drawn}, ${tile}, ${number(DEFAULT_EXTENT)}, ${number(buffer)}, true) as ${ident(geometry)}`,
    ...(key ? [sql`${featureIds(key)} as ${ident(idName)}`] : []),
    ...(key && !columns.includes(key) ? keyItems(key) : []),
    ...columns.flatMap(mvtItems),
  ];
  const asked = where([
    found,
    isFinite(layer),
    ...filterConditions(query.filters),
    ...filterSql(query.where, layer),
  ]);
  const from =
    query.thin === undefined
      ? sql`${ident(layer.schema, layer.name)}
    ${asked}`
      : thinned(layer, { coord, grid: query.thin, columns, metres: inMetres(layer), where: asked });
  const rows = sql`select ${join(items)}
    from ${from}`;
  const cut = ident(geometry);
  const largest = sql`select * from (${rows}) feature where ${cut} is not null
    order by st_area(${cut}) + st_length(${cut}) desc${key ? sql`, ${ident(idName)}` : sql``} limit ${number(maxFeatures)}`;
  const source = query.largest ? largest : sql`${rows} limit ${number(maxFeatures + 1)}`;
  const names = [geometry, ...(key ? [idName] : [])].map((name) => literal(name));
  // `tile.*` is the row even where a column is called tile.
  return sql`select st_asmvt(tile.*, ${query.name}, ${number(DEFAULT_EXTENT)}, ${join(names)}) as mvt,
      count(${cut})::int as features, count(*)::int as rows,
      ${query.stamp} as stamp
    from (${source}) tile`;
}

/** A statement that connections keep, for all small tiles of a layer. */
interface PreparedTile {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Where the values of the stamp are: its text does not change, but what a view reads may. */
  readonly stampAt: number;
}

const prepared = new WeakMap<TableLayer, Map<string, PreparedTile>>();

function preparedTile(layer: TableLayer, query: TileQuery): PreparedTile {
  let ofLayer = prepared.get(layer);
  if (!ofLayer) prepared.set(layer, (ofLayer = new Map()));
  const { coord, buffer, maxFeatures, stamp } = query;
  const key = `${isAtEdge(coord)} ${isWide(coord)} ${buffer} ${maxFeatures} ${query.name} ${stamp.text}`;
  let known = ofLayer.get(key);
  if (!known) {
    const { text, values } = anyTile(query);
    const stampAt = values.indexOf(stamp.values[0]);
    known = { name: `tile ${createHash('sha1').update(text).digest('base64url')}`, text, values, stampAt };
    ofLayer.set(key, known);
  }
  return known;
}

/**
 * Whether a tile is asked for as most are. Connections keep what they have prepared, and anybody can
 * vary columns, filters and caps: those are not kept.
 */
export function isCommon({ layer, columns, filters, where: asked, largest, place }: TileQuery): boolean {
  const usual = withKey(layer, defaultColumns(layer));
  const asUsual = columns.length === usual.length && usual.every((column) => columns.includes(column));
  return !largest && !asked && !place && filters.length === 0 && asUsual;
}

/**
 * The outline that a tile is searched by in the layer's own system; undefined where it is not. PostGIS
 * fails on it where the tile lies outside of what that system can describe.
 */
export function outlineQuery({ layer, coord, buffer, place }: TileQuery): Sql | undefined {
  if (place) return undefined;
  const { srid, isGeography } = layer.geometry;
  const direct = srid === WEB_MERCATOR || (srid === DEGREES && !isGeography);
  if (direct || isWide(coord)) return undefined;
  return placed(sql`select ${outline(layer)} is not null as known`, coord, buffer);
}

/** Whether any row may be seen in a tile or in those that it is divided into: one without content may only be too small. */
export function anyInTile(layer: TableLayer, coord: TileCoord, buffer: number): Sql {
  const any = sql`select exists (select from ${ident(layer.schema, layer.name)} where ${inTile(layer, coord)}) as any`;
  return placed(any, coord, buffer);
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

function isWide({ z }: TileCoord): boolean {
  return z < LOCAL_ENVELOPE_ZOOM;
}

function inTile(layer: TableLayer, coord: TileCoord): Sql {
  const { srid, isGeography, column, hasIndex, hasProjectedIndex } = layer.geometry;
  const isLocal = srid !== WEB_MERCATOR && (srid !== DEGREES || isGeography);
  if (hasProjectedIndex && (isLocal || !hasIndex)) return inProjectedTile(layer);
  // Boxes are compared as numbers, whatever their SRID, so one that is only assumed needs no setting.
  const raw = ident(column);
  if (srid === WEB_MERCATOR) return sql`${raw} && ${envelope(PLACE.around, srid)}`;
  if (srid === DEGREES && !isGeography) return meetsAny(raw, PLACE.inDegrees, DEGREES);
  if (isWide(coord)) return sql`${inMetres(layer)} && ${envelope(PLACE.around, WEB_MERCATOR)}`;
  const area = outline(layer);
  return isGeography ? sql`${raw} && ${area}::geography` : sql`${raw} && ${area}`;
}

/** By an index on the transformed geometry, written as the index has it. All rows can be transformed: it holds them. */
function inProjectedTile({ geometry: { column, isGeography } }: TableLayer): Sql {
  const raw = isGeography ? sql`${ident(column)}::geometry` : ident(column);
  return meetsAny(sql`st_transform(${raw}, ${number(WEB_MERCATOR)})`, PLACE.inMetres, WEB_MERCATOR);
}

function meetsAny(geometry: Sql, boxes: readonly Box[], srid: number): Sql {
  return sql`(${join(
    boxes.map((box) => sql`${geometry} && ${envelope(box, srid)}`),
    ' or ',
  )})`;
}

/** Straight in metres is curved elsewhere, so the outline gets points before it is transformed. */
function outline(layer: TableLayer): Sql {
  const metres = envelope(PLACE.around, WEB_MERCATOR);
  return sql`st_transform(st_segmentize(${metres}, ${PLACE.outlineStep}::float8), ${number(layer.geometry.srid)})`;
}
