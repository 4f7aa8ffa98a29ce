import { AppError } from '../errors.ts';
import { sqlFile } from '../db/files.ts';
import { ident, sql } from '../db/sql.ts';
import type { Database } from '../db/types.ts';
import { readComment } from './comments.ts';
import { functionLayer, type FunctionRow } from './functions.ts';
import { layerIds } from './ids.ts';
import {
  relationName,
  type Column,
  type Key,
  type Layer,
  type LayerProblem,
  type Overviews,
  type RelationKind,
  type TableLayer,
  type ValueKind,
} from './types.ts';

export interface DiscoverOptions {
  /** Schemas to publish; all readable ones where empty. */
  schemas: readonly string[];
  /** SRID of geometries that declare none and carry none. */
  defaultSrid: number;
  /** Ids that `maps.yaml` gives away: no other layer may have one of these. */
  reservedIds: readonly string[];
}

/** A column as `sql/catalog/*.sql` report it. */
export interface ColumnRow {
  name: string;
  type: string;
  category: string;
  notNull: boolean;
  description: string | null;
}

interface RelationRow {
  schema: string;
  name: string;
  kind: 'r' | 'p' | 'v' | 'm' | 'f';
  estimated_rows: number;
  populated: boolean;
  schema_usable: boolean;
  selectable: boolean;
  description: string | null;
  geometry_column: string;
  is_geography: boolean;
  srid: number;
  geometry_type: string;
  is_first: boolean;
  has_spatial_index: boolean;
  has_projected_index: boolean;
  key_columns: string[] | null;
  integer_key: string | null;
  columns: ColumnRow[];
}

const KINDS: Record<RelationRow['kind'], RelationKind> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** Geometries looked at for their SRID where the column declares none. */
const SAMPLE = 10_000;
/** A view that takes longer than this to show some rows is taken to have no SRID of its own. */
const SAMPLE_TIMEOUT_MS = 3_000;

/** Everything in the database that is a layer, or would be but for a named problem. */
export async function discover(db: Database, options: DiscoverOptions): Promise<Layer[]> {
  const published = <Row extends { schema: string }>(rows: Row[]): Row[] =>
    options.schemas.length === 0 ? rows : rows.filter((row) => options.schemas.includes(row.schema));
  const relations = published(await db.run<RelationRow>(sqlFile('catalog/layers.sql')));
  const functions = published(await db.run<FunctionRow>(sqlFile('catalog/functions.sql')));
  const srids = new Set(
    (await db.run<{ srid: number }>(sql`select srid from spatial_ref_sys`)).map((row) => row.srid),
  );
  const ids = layerIds(
    [
      ...relations.map((row) => ({
        schema: row.schema,
        name: row.name,
        ...(row.is_first ? {} : { column: row.geometry_column }),
      })),
      ...functions.map((row) => ({ schema: row.schema, name: row.name })),
    ],
    options.reservedIds,
  );
  const overviews = await readOverviews(db);
  const layers: Layer[] = [];
  for (const [i, row] of relations.entries()) {
    const layer = await tableLayer(db, ids[i] ?? '', row, srids, options);
    const copies = overviews.get(`${relationName(layer)} ${row.geometry_column}`);
    layers.push(copies ? { ...layer, overviews: copies } : layer);
  }
  for (const [i, row] of functions.entries()) {
    const layer = functionLayer(ids[relations.length + i] ?? '', row, functions);
    layers.push({ ...layer, problem: layer.problem ?? addressProblem(layer.id) });
  }
  return layers;
}

async function tableLayer(
  db: Database,
  id: string,
  row: RelationRow,
  srids: ReadonlySet<number>,
  options: DiscoverOptions,
): Promise<TableLayer> {
  const blocked = accessProblem(row);
  const declared = row.is_geography && row.srid === 0 ? 4326 : row.srid;
  const inData = declared !== 0 || blocked ? [declared] : await sampleSrids(db, row);
  const found = inData[0] ?? 0;
  const srid = found || options.defaultSrid;
  const columns = row.columns.map(toColumn);
  // What describes tiles that a function makes means nothing here.
  const {
    title = row.name,
    description,
    vectorLayers: _v,
    contentType: _c,
    ...about
  } = readComment(row.description);
  return {
    type: 'table',
    id,
    schema: row.schema,
    name: row.name,
    title,
    description,
    ...about,
    kind: KINDS[row.kind],
    geometry: {
      column: row.geometry_column,
      isFirst: row.is_first,
      srid,
      type: row.geometry_type.toUpperCase(),
      isGeography: row.is_geography,
      hasIndex: row.has_spatial_index,
      ...(row.has_projected_index ? { hasProjectedIndex: true } : {}),
      sridAssumed: found === 0,
    },
    columns,
    key: keyOf(row, columns),
    estimatedRows: row.estimated_rows,
    problem:
      blocked ?? addressProblem(id) ?? typeProblem(row.geometry_type) ?? sridProblem(srid, inData, srids),
  };
}

/** By relation and geometry column; none where the role has no schema `chorograph`. */
async function readOverviews(db: Database): Promise<ReadonlyMap<string, Overviews>> {
  const [schema] = await db.run<{ there: boolean }>(
    sql`select to_regclass('chorograph.overview') is not null as there`,
  );
  if (!schema?.there) return new Map();
  const rows = await db.run<Overviews & { relation: string; geometry: string }>(
    sql`select relation, geometry, id, build, source_token as token, definition, zooms
      from chorograph.overview where build > 0`,
  );
  return new Map(rows.map(({ relation, geometry, ...overviews }) => [`${relation} ${geometry}`, overviews]));
}

function accessProblem(row: RelationRow): LayerProblem | undefined {
  if (!row.schema_usable || !row.selectable) {
    return { reason: 'no_select_privilege', detail: 'the database role may not read this geometry column' };
  }
  if (!row.populated) {
    return { reason: 'never_populated', detail: 'this materialized view has never been refreshed' };
  }
  return undefined;
}

function addressProblem(id: string): LayerProblem | undefined {
  // "." and ".." are taken out of a path by every client.
  if (!/[,/\\]/.test(id) && !/^\.{0,2}$/.test(id)) return undefined;
  return {
    reason: 'name_not_addressable',
    detail: 'a name with a comma or slash cannot stand in a tile URL; publish it through a view',
  };
}

function typeProblem(geometryType: string): LayerProblem | undefined {
  if (!/^(tin|triangle|polyhedralsurface)/i.test(geometryType)) return undefined;
  return { reason: 'unsupported_geometry', detail: `neither tiles nor GeoJSON have a ${geometryType}` };
}

function sridProblem(
  srid: number,
  inData: readonly number[],
  known: ReadonlySet<number>,
): LayerProblem | undefined {
  if (inData.length > 1) {
    return {
      reason: 'mixed_srids',
      detail: `the column mixes SRIDs (${inData.join(', ')}); publish it through a view that transforms them to one`,
    };
  }
  if (known.has(srid)) return undefined;
  return { reason: 'unknown_srid', detail: `SRID ${srid} is not in spatial_ref_sys` };
}

/** The SRIDs that the first geometries carry, 0 for none: many views and old tables declare none. */
async function sampleSrids(db: Database, row: RelationRow): Promise<number[]> {
  const geometry = ident(row.geometry_column);
  const query = sql`select distinct st_srid(g) as srid
    from (select ${geometry} as g from ${ident(row.schema, row.name)}
      where ${geometry} is not null limit ${SAMPLE}) sample
    order by 1`;
  try {
    // The embedded database cannot end a query: a time limit would end all of it.
    const rows = await db.run<{ srid: number }>(query, {
      readOnly: true,
      ...(db.hasMvt ? { timeoutMs: SAMPLE_TIMEOUT_MS } : {}),
    });
    return rows.map(({ srid }) => srid);
  } catch (error) {
    if (error instanceof AppError && error.status === 503) throw error;
    return []; // a view that fails will say so when it is asked for tiles
  }
}

function keyOf(row: RelationRow, known: readonly Column[]): Key | undefined {
  const columns = row.key_columns ?? [];
  const readable = (name: string): boolean => known.some((column) => column.name === name);
  // A key over a column that may not be read identifies nothing.
  if (columns.length === 0 || !columns.every(readable)) return undefined;
  const integer = row.integer_key !== null && readable(row.integer_key) ? row.integer_key : undefined;
  return { columns, integer, nullable: row.kind === 'm' };
}

export function toColumn(row: ColumnRow): Column {
  return {
    name: row.name,
    type: row.type,
    kind: valueKind(row.type, row.category),
    ...(row.description ? { description: row.description } : {}),
  };
}

const KIND_BY_TYPE: Readonly<Record<string, ValueKind>> = {
  boolean: 'boolean',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'bigint',
  real: 'number',
  'double precision': 'number',
  numeric: 'number',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  json: 'json',
  jsonb: 'json',
};

/** `category` is `pg_type.typcategory`; 'A' is an array, which travels as JSON. */
function valueKind(type: string, category: string): ValueKind {
  return category === 'A' ? 'json' : (KIND_BY_TYPE[type] ?? 'text');
}
