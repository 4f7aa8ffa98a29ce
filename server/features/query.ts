import { number, tileValue, typeName } from '../catalog/expressions.ts';
import { filterConditions, where, type Filter } from '../catalog/filters.ts';
import { geometryInWorld, hasFinite, isFinite, plainGeometry, transformed } from '../catalog/geometry.ts';
import type { Column, TableLayer } from '../catalog/types.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import { filterSql, type LayerFilter } from '../cql2/filter.ts';
import type { Bbox } from '../http/requests/params.ts';

/** Decimal places of degrees in GeoJSON: 7 is about a centimetre (RFC 7946 §11.2 advises against more). */
const DIGITS = 7;

/** Values of the key columns, as text, of the last feature of a page. */
export type KeyValues = readonly string[];

export interface PageQuery {
  layer: TableLayer;
  columns: readonly Column[];
  filters: readonly Filter[];
  /** What `filter=` asks for. */
  where?: LayerFilter | undefined;
  bbox: Bbox | undefined;
  /** The page begins behind this key. */
  after: KeyValues | undefined;
  /** Only the rows that have NULL in their key, which have no place in key order. */
  keyless?: boolean;
  limit: number;
  /** Conditions besides those. */
  also?: ((layer: TableLayer) => readonly Sql[]) | undefined;
  /** What the geometry is written in: degrees, as GeoJSON wants them, where absent. */
  place?: Placing | undefined;
  /** What rows are ordered by before their key; then pages are cut by count. */
  order?: readonly Ordering[] | undefined;
  offset?: number | undefined;
}

/** A system that geometries are written in; `none` for none at all. */
export type Placing =
  | 'none'
  | {
      readonly srid: number;
      /** Latitude, or northing, first. */
      readonly swapped: boolean;
      /** Decimal places. */
      readonly digits: number;
    };

export interface Ordering {
  readonly column: Column;
  readonly descending: boolean;
}

/** Columns of a page's row: geometry `g` as GeoJSON text, `k0…` the key as text, `c0…` the attributes. */
export interface PageRow {
  g: string | null;
  [column: string]: unknown;
}

/**
 * One page in key order. Pages are cut by key, not by count, so rows that are inserted or deleted
 * meanwhile shift nothing: no feature is repeated or passed over.
 */
export function pageQuery(query: PageQuery): Sql {
  const { layer, columns, after, keyless, limit, place, order = [], offset = 0 } = query;
  const isCounted = order.length > 0;
  const key = keyless ? [] : keyColumns(layer);
  const isNull = keyColumns(layer).map(({ name }) => sql`t.${name} is null`);
  const conditions = [
    ...rowConditions(query),
    ...(after ? [behind(layer, after)] : []),
    ...(keyless ? [sql`(${join(isNull, ' or ')})`] : []),
    ...(!keyless && !isCounted && layer.key?.nullable ? [sql`not (${join(isNull, ' or ')})`] : []),
  ];
  // `t.`, as ORDER BY takes a bare name for the output column of that name.
  const orders = [...order.map(ordered), ...key.map((column) => column.order)];
  return sql`select ${join(items(layer, columns, place))}
    from ${ident(layer.schema, layer.name)} t
    ${where(conditions)}
    ${orders.length > 0 ? sql`order by ${join(orders)}` : sql``}
    limit ${limit} ${offset > 0 ? sql`offset ${offset}` : sql``}`;
}

/** What geometries are exported as: GeoJSON, WKT, WKB, or longitude and latitude (`x` and `y` of a row). */
export type GeometryForm = 'geojson' | 'wkt' | 'wkb' | 'lonlat';

/**
 * All rows, in whatever order they are found: nothing has to be sorted, or kept, before the first is there; `byPlace`: those
 * that are close together one after the other.
 */
export function allRowsQuery(
  query: Omit<PageQuery, 'limit'>,
  form: GeometryForm,
  { limit, byPlace = false }: { limit?: number | undefined; byPlace?: boolean | undefined } = {},
): Sql {
  const { layer, columns } = query;
  const { column, isGeography } = layer.geometry;
  // PostGIS orders geometries along a Hilbert curve.
  const curve = isGeography ? sql`t.${ident(column)}::geometry` : sql`t.${ident(column)}`;
  const isSomewhere = sql`${isFinite(layer)} and not st_isempty(${plainGeometry(layer)})`;
  const place = geometryInWorld(layer);
  const texts = {
    geojson: [],
    wkt: [sql`case when ${isSomewhere} then st_astext(st_force2d(${place}), ${number(DIGITS)}) end as w`],
    wkb: [sql`case when ${isSomewhere} then st_asbinary(st_force2d(${place}), 'NDR') end as b`],
    lonlat: [
      sql`case when ${isSomewhere} then round(st_x(${place})::numeric, ${number(DIGITS)})::float8 end as x`,
      sql`case when ${isSomewhere} then round(st_y(${place})::numeric, ${number(DIGITS)})::float8 end as y`,
    ],
  }[form];
  return sql`select ${join([...items(layer, columns, form === 'geojson' ? undefined : 'none'), ...texts])}
    from ${ident(layer.schema, layer.name)} t
    ${where(rowConditions(query))}
    ${byPlace ? sql`order by ${curve}` : sql``}
    ${limit === undefined ? sql`` : sql`limit ${limit}`}`;
}

/** How many rows all pages have together; `most` and one more where it is more than that. */
export function countQuery(query: Omit<PageQuery, 'limit' | 'columns'>, most: number): Sql {
  return sql`select count(*)::int as n
    from (select from ${ident(query.layer.schema, query.layer.name)} t ${where(rowConditions(query))} limit ${most + 1}) rows`;
}

/** Of the rows of all pages. */
function rowConditions({
  layer,
  filters,
  bbox,
  also,
  ...query
}: Omit<PageQuery, 'limit' | 'columns'>): Sql[] {
  return [
    ...filterConditions(filters),
    ...filterSql(query.where, layer),
    ...(bbox ? [inBox(layer, bbox)] : []),
    ...(also?.(layer) ?? []),
  ];
}

/** What has no value comes last either way. */
const ordered = ({ column, descending }: Ordering): Sql =>
  descending ? sql`t.${ident(column.name)} desc nulls last` : sql`t.${ident(column.name)} asc nulls last`;

/** The feature whose key is given as text. @param also further items of the row */
export function featureQuery(
  layer: TableLayer,
  columns: readonly Column[],
  id: string,
  place?: Placing,
  also: readonly Sql[] = [],
): Sql {
  return sql`select ${join([...items(layer, columns, place), ...also])}
    from ${ident(layer.schema, layer.name)} t
    where ${isRow(layer, id)} limit 1`;
}

/** Whether `t` is the row whose key is given as text. */
export const isRow = (layer: TableLayer, id: string): Sql =>
  join(
    keyColumns(layer).map(({ order, value }) => sql`${order} = ${value(id)}`),
    ' and ',
  );

/** Whether `t` is one of the rows whose keys are given as text; of a layer whose key is one column. */
export function isAnyRow(layer: TableLayer, ids: readonly string[]): Sql {
  const [name = ''] = layer.key?.columns ?? [];
  const type = layer.columns.find((column) => column.name === name)?.type ?? '';
  return COMPARABLE.test(type)
    ? sql`t.${ident(name)} = any(${[...ids]}::text[]::${typeName({ type })}[])`
    : sql`t.${ident(name)}::text = any(${[...ids]}::text[])`;
}

/** All features whose keys are given as text, in the order of their keys. @param also further items of each row */
export function featuresQuery(
  layer: TableLayer,
  columns: readonly Column[],
  ids: readonly string[],
  also: readonly Sql[],
): Sql {
  const order = keyColumns(layer).map((column) => column.order);
  return sql`select ${join([...items(layer, columns, undefined), ...also])}
    from ${ident(layer.schema, layer.name)} t where ${isAnyRow(layer, ids)} order by ${join(order)}`;
}

/**
 * What differs whenever the row `t` of a table is another than before: any change of it is of another transaction. Of what it
 * holds, what is shown is in it as well, as numbers of transactions begin anew in a copy of a database.
 */
export function rowVersion(layer: TableLayer): Sql {
  const shown = [...layer.columns.map(({ name }) => name), layer.geometry.column];
  return sql`left(md5(concat_ws('.', t.xmin::text, row(${join(shown.map((name) => sql`t.${ident(name)}`))})::text)), 20)`;
}

function items(layer: TableLayer, columns: readonly Column[], place: Placing | undefined): Sql[] {
  return [
    sql`${geometryText(layer, place)} as g`,
    ...keyColumns(layer).map(({ name }, i) => sql`t.${name}::text as ${ident(`k${i}`)}`),
    ...columns.map((column, i) => sql`${tileValue(column)} as ${ident(`c${i}`)}`),
  ];
}

/** GeoJSON of a row's geometry. Nowhere is null, not a list of no places. */
export function geometryText(layer: TableLayer, place: Placing | undefined): Sql {
  if (place === 'none') return sql`null::text`;
  const isSomewhere = sql`${isFinite(layer)} and not st_isempty(${plainGeometry(layer)})`;
  const outline = (geometry: Sql): Sql => counterClockwise(layer, sql`st_force2d(${geometry})`);
  if (!place)
    return sql`case when ${isSomewhere} then st_asgeojson(${outline(geometryInWorld(layer))}, ${number(DIGITS)}) end`;
  const there = geometryIn(layer, place.srid);
  const turned = place.swapped ? sql`st_flipcoordinates(${outline(there)})` : outline(there);
  // What a projection sends to infinity is nowhere on its plane.
  return sql`case when ${isSomewhere} then case when ${hasFinite(layer, there)}
    then st_asgeojson(${turned}, ${number(place.digits)}, 0) end end`;
}

/**
 * Exterior rings counter-clockwise, as RFC 7946 wants them. PostGIS turns rings clockwise and reverses the whole then, in older versions
 * lines too, which have their direction to keep: what may hold any is reversed beforehand, and turned clockwise.
 */
function counterClockwise({ geometry: { type } }: TableLayer, geometry: Sql): Sql {
  if (/^(MULTI)?(POINT|LINESTRING)/.test(type)) return geometry;
  if (/^(MULTI)?POLYGON/.test(type)) return sql`st_forcepolygonccw(${geometry})`;
  return sql`st_reverse(st_forcepolygoncw(st_reverse(${geometry})))`;
}

/** The geometry in another system: from degrees as GeoJSON has them, from others directly. */
function geometryIn(layer: TableLayer, srid: number): Sql {
  if (srid === 4326) return geometryInWorld(layer);
  if (layer.geometry.srid === srid) return plainGeometry(layer);
  return layer.geometry.srid === 4326
    ? sql`st_transform(${geometryInWorld(layer)}, ${number(srid)})`
    : transformed(layer, srid);
}

/** Types whose values are checked before the database sees them (`isValueOf`), and whose index then serves. */
const COMPARABLE = /^(smallint|integer|bigint|numeric|uuid|text|character varying)$/;

interface KeyColumn {
  name: Sql;
  /** What rows are ordered and found by. */
  order: Sql;
  /** A value that came as text, to compare that with. */
  value: (text: string | undefined) => Sql;
}

/** Keys of other types (dates, enums) are compared as text: whatever a request says then is a value of it. */
function keyColumns(layer: TableLayer): KeyColumn[] {
  return (layer.key?.columns ?? []).map((column) => {
    const name = ident(column);
    const type = layer.columns.find((candidate) => candidate.name === column)?.type ?? '';
    return COMPARABLE.test(type)
      ? { name, order: sql`t.${name}`, value: (text) => sql`${text}::text::${typeName({ type })}` }
      : { name, order: sql`t.${name}::text collate "C"`, value: (text) => sql`${text}::text` };
  });
}

/** A row comparison over the whole key, which its index serves. */
function behind(layer: TableLayer, after: KeyValues): Sql {
  const key = keyColumns(layer);
  return sql`(${join(key.map(({ order }) => order))}) > (${join(key.map(({ value }, i) => value(after[i])))})`;
}

/** A box that crosses the antimeridian is two boxes. */
export function inBox(layer: TableLayer, [west, south, east, north]: Bbox): Sql {
  const boxes =
    west <= east
      ? [[west, south, east, north]]
      : [
          [west, south, 180, north],
          [-180, south, east, north],
        ];
  const { srid, isGeography, column } = layer.geometry;
  const tests = boxes.map(([w = 0, s = 0, e = 0, n = 0]) => {
    const intersects = sql`case when ${isFinite(layer)}
      then st_intersects(${geometryInWorld(layer)}, ${envelope(w, s, e, n)}) else false end`;
    if (srid !== 4326 || isGeography) return intersects;
    // The index knows longitudes as the data has them, which may be those of a turn more or less.
    const nearby = [0, 360, -360].map(
      (turn) => sql`t.${ident(column)} && ${envelope(w + turn, s, e + turn, n)}`,
    );
    return sql`((${join(nearby, ' or ')}) and ${intersects})`;
  });
  return sql`(${join(tests, ' or ')})`;
}

/** A box without width or height is a line or a point: a polygon without area would meet nothing. */
function envelope(west: number, south: number, east: number, north: number): Sql {
  const [w, s, e, n] = [west, south, east, north].map(number) as [Sql, Sql, Sql, Sql];
  return west < east && south < north
    ? sql`st_makeenvelope(${w}, ${s}, ${e}, ${n}, 4326)`
    : sql`st_setsrid(st_envelope(st_makeline(st_point(${w}, ${s}), st_point(${e}, ${n}))), 4326)`;
}
