import { geometryInDegrees, jsonValue, number, plainGeometry } from '../catalog/expressions.ts';
import { filterConditions, where, type Filter } from '../catalog/filters.ts';
import type { Column, TableLayer } from '../catalog/types.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import type { Bbox } from '../http/params.ts';

/** Decimal places of degrees in GeoJSON: 7 is about a centimetre (RFC 7946 §11.2 advises against more). */
const DIGITS = 7;

/** Values of the key columns, as text, of the last feature of a page. */
export type KeyValues = readonly string[];

export interface PageQuery {
  layer: TableLayer;
  columns: readonly Column[];
  filters: readonly Filter[];
  bbox: Bbox | undefined;
  /** The page begins behind this key. */
  after: KeyValues | undefined;
  limit: number;
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
export function pageQuery({ layer, columns, filters, bbox, after, limit }: PageQuery): Sql {
  const key = layer.key?.columns.map((name) => ident(name)) ?? [];
  const conditions = [
    ...filterConditions(filters),
    ...(bbox ? [inBox(layer, bbox)] : []),
    ...(after ? [behind(layer, after)] : []),
  ];
  return sql`select ${join(items(layer, columns))}
    from ${ident(layer.schema, layer.name)}
    ${where(conditions)}
    ${key.length > 0 ? sql`order by ${join(key)}` : sql``}
    limit ${limit}`;
}

/** The feature whose key is given as text. */
export function featureQuery(layer: TableLayer, columns: readonly Column[], id: string): Sql {
  const [key = ''] = layer.key?.columns ?? [];
  const type = layer.columns.find((column) => column.name === key)?.type ?? 'text';
  return sql`select ${join(items(layer, columns))}
    from ${ident(layer.schema, layer.name)}
    where ${ident(key)} = ${id}::text::${typeName(type)} limit 1`;
}

function items(layer: TableLayer, columns: readonly Column[]): Sql[] {
  return [
    // Exterior rings counter-clockwise, as RFC 7946 wants them.
    sql`st_asgeojson(st_forcepolygonccw(st_force2d(${geometryInDegrees(layer)})), ${number(DIGITS)}) as g`,
    ...(layer.key?.columns ?? []).map((name, i) => sql`${ident(name)}::text as ${ident(`k${i}`)}`),
    ...columns.map((column, i) => sql`${jsonValue(column)} as ${ident(`c${i}`)}`),
  ];
}

/** A row comparison over the whole key, which its index serves. */
function behind(layer: TableLayer, after: KeyValues): Sql {
  const names = layer.key?.columns ?? [];
  const values = names.map((name, i) => {
    const type = layer.columns.find((column) => column.name === name)?.type ?? 'text';
    return sql`${after[i]}::text::${typeName(type)}`;
  });
  return sql`(${join(names.map((name) => ident(name)))}) > (${join(values)})`;
}

/** A box that crosses the antimeridian is two boxes. */
function inBox(layer: TableLayer, [west, south, east, north]: Bbox): Sql {
  const boxes =
    west <= east
      ? [[west, south, east, north]]
      : [
          [west, south, 180, north],
          [-180, south, east, north],
        ];
  const { srid, isGeography, column, sridAssumed } = layer.geometry;
  const tests = boxes.map((box) => {
    const degrees = sql`st_makeenvelope(${join(box.map((value) => number(value ?? 0)))}, 4326)`;
    if (srid === 4326 && !isGeography) {
      const raw = sridAssumed ? plainGeometry(layer) : ident(column);
      return sql`(${raw} && ${degrees} and st_intersects(${plainGeometry(layer)}, ${degrees}))`;
    }
    return sql`st_intersects(${geometryInDegrees(layer)}, ${degrees})`;
  });
  return sql`(${join(tests, ' or ')})`;
}

/** From the catalogue (`format_type`), where names are quoted as needed. */
function typeName(type: string): Sql {
  return sql([type] as unknown as TemplateStringsArray);
}
