import type { Overviews, TableLayer } from '../../catalog/types.ts';
import { sql, type Sql } from '../../db/sql.ts';

/** The schema that copies are kept in. */
export const SCHEMA = 'chorograph';

export interface CopyTable {
  readonly schema: string;
  readonly name: string;
}

/** The copy that holds every row, for zooms up to this one. */
export function wholeTable({ id, build }: Pick<Overviews, 'id' | 'build'>, zoom: number): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_z${zoom}` };
}

/** The copy of this zoom alone, in which small neighbours are one row. */
export function mergedTable({ id, build }: Pick<Overviews, 'id' | 'build'>, zoom: number): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_m${zoom}` };
}

/** Tiles made beforehand. */
export function tilesTable({ id, build }: Pick<Overviews, 'id' | 'build'>): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_tiles` };
}

/** Which rows copies were made of, by their keys, and where each lies. */
export function rowsTable({ id, build }: Pick<Overviews, 'id' | 'build'>): CopyTable {
  return { schema: SCHEMA, name: `overview_${id}_${build}_rows` };
}

/** What there is of a build. */
export interface Build extends Pick<Overviews, 'id' | 'build' | 'zooms' | 'merged' | 'made'> {
  /** What the layer's table was at; null where its changes cannot be followed. */
  readonly basis: string | null;
}

/** All tables of a build. */
export function tablesOf(overviews: Build): CopyTable[] {
  return [
    ...overviews.zooms.map((zoom) => wholeTable(overviews, zoom)),
    ...overviews.merged.map((zoom) => mergedTable(overviews, zoom)),
    ...(overviews.made.length > 0 ? [tilesTable(overviews)] : []),
    ...(overviews.basis === null ? [] : [rowsTable(overviews)]),
  ];
}

const copies = new WeakMap<TableLayer, Map<string, TableLayer>>();

/** The layer as one of its copies: the same columns under the same names, projected; the same object each time. */
export function copyOf(layer: TableLayer, { schema, name }: CopyTable): TableLayer {
  let ofLayer = copies.get(layer);
  if (!ofLayer) copies.set(layer, (ofLayer = new Map()));
  let copy = ofLayer.get(name);
  if (!copy) ofLayer.set(name, (copy = asCopy(layer, schema, name)));
  return copy;
}

function asCopy(layer: TableLayer, schema: string, name: string): TableLayer {
  return {
    ...layer,
    schema,
    name,
    geometry: {
      ...layer.geometry,
      srid: 3857,
      type: /POLYGON|SURFACE/.test(layer.geometry.type) ? 'MULTIPOLYGON' : 'MULTILINESTRING',
      isGeography: false,
      hasIndex: true,
      hasProjectedIndex: false,
      sridAssumed: false,
      outside: undefined,
    },
  };
}

/** Columns that copies have besides the layer's: a number for each row, and how many rows it stands for. */
export function ownColumns({ columns, geometry }: TableLayer): { row: string; rows: string } {
  const taken = new Set([...columns.map(({ name }) => name), geometry.column]);
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return { row: free('chorograph_row'), rows: free('chorograph_rows') };
}

/** The sides of a box. */
export interface Sides {
  readonly xmin: Sql;
  readonly ymin: Sql;
  readonly xmax: Sql;
  readonly ymax: Sql;
}

export function sidesOf(geometry: Sql): Sides {
  return {
    xmin: sql`st_xmin(${geometry})`,
    ymin: sql`st_ymin(${geometry})`,
    xmax: sql`st_xmax(${geometry})`,
    ymax: sql`st_ymax(${geometry})`,
  };
}

/** Of PostgreSQL's own type, which keeps them as they are: boxes of PostGIS's indexes are rounded. */
export function sidesOfBox(box: Sql): Sides {
  return {
    xmin: sql`(${box}[1])[0]`,
    ymin: sql`(${box}[1])[1]`,
    xmax: sql`(${box}[0])[0]`,
    ymax: sql`(${box}[0])[1]`,
  };
}

export function boxOf(geometry: Sql): Sql {
  const { xmin, ymin, xmax, ymax } = sidesOf(geometry);
  return sql`box(point(${xmin}, ${ymin}), point(${xmax}, ${ymax}))`;
}
