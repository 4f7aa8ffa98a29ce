import { sqlFile } from '../db/files.ts';
import { ident, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { layerIds } from './ids.ts';
import type {
  Column,
  FunctionLayer,
  Key,
  Layer,
  LayerProblem,
  RelationKind,
  TableLayer,
  ValueKind,
} from './types.ts';

export interface DiscoverOptions {
  /** Schemas to publish; all readable ones where empty. */
  schemas: readonly string[];
  /** SRID of geometries that declare none and carry none. */
  defaultSrid: number;
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
  key_columns: string[] | null;
  integer_key: string | null;
  columns: ColumnRow[];
}

interface FunctionRow {
  schema: string;
  name: string;
  description: string | null;
  executable: boolean;
  required: number;
  arguments: { name: string; type: string }[];
}

const KINDS: Record<RelationRow['kind'], RelationKind> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** Everything in the database that is a layer, or would be but for a named problem. */
export async function discover(db: Queryable, options: DiscoverOptions): Promise<Layer[]> {
  const published = <Row extends { schema: string }>(rows: Row[]): Row[] =>
    options.schemas.length === 0 ? rows : rows.filter((row) => options.schemas.includes(row.schema));
  const relations = published(await db.run<RelationRow>(sqlFile('catalog/layers.sql')));
  const functions = published(await db.run<FunctionRow>(sqlFile('catalog/functions.sql')));
  const srids = new Set(
    (await db.run<{ srid: number }>(sql`select srid from spatial_ref_sys`)).map((row) => row.srid),
  );
  const ids = layerIds([
    ...relations.map((row) => ({
      schema: row.schema,
      name: row.name,
      ...(row.is_first ? {} : { column: row.geometry_column }),
    })),
    ...functions.map((row) => ({ schema: row.schema, name: row.name })),
  ]);
  const layers: Layer[] = [];
  for (const [i, row] of relations.entries())
    layers.push(await tableLayer(db, ids[i] ?? '', row, srids, options));
  for (const [i, row] of functions.entries())
    layers.push(functionLayer(ids[relations.length + i] ?? '', row));
  return layers;
}

async function tableLayer(
  db: Queryable,
  id: string,
  row: RelationRow,
  srids: ReadonlySet<number>,
  options: DiscoverOptions,
): Promise<TableLayer> {
  const blocked = accessProblem(row);
  const declared = row.is_geography && row.srid === 0 ? 4326 : row.srid;
  const found = declared !== 0 || blocked ? declared : await sampleSrid(db, row);
  const srid = found || options.defaultSrid;
  const columns = row.columns.map(toColumn);
  return {
    type: 'table',
    id,
    schema: row.schema,
    name: row.name,
    title: row.name,
    description: row.description ?? undefined,
    kind: KINDS[row.kind],
    geometry: {
      column: row.geometry_column,
      srid,
      type: row.geometry_type.toUpperCase(),
      isGeography: row.is_geography,
      hasIndex: row.has_spatial_index,
      sridAssumed: found === 0,
    },
    columns,
    key: keyOf(row.key_columns, row.integer_key, columns),
    estimatedRows: row.estimated_rows,
    problem: blocked ?? addressProblem(id) ?? sridProblem(srid, srids),
  };
}

function functionLayer(id: string, row: FunctionRow): FunctionLayer {
  const extra = row.arguments
    .slice(3)
    .map((argument, i) => ({ ...argument, required: i + 3 < row.required }));
  const unnamed = extra.some((argument) => !argument.name);
  return {
    type: 'function',
    id,
    schema: row.schema,
    name: row.name,
    title: row.name,
    description: row.description ?? undefined,
    arguments: extra,
    problem: !row.executable
      ? { reason: 'no_select_privilege', detail: 'the database role may not execute this function' }
      : unnamed
        ? { reason: 'unsupported_argument', detail: 'every argument after z, x and y needs a name' }
        : addressProblem(id),
  };
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
  if (!/[,/\\]/.test(id) && id !== '') return undefined;
  return {
    reason: 'name_not_addressable',
    detail: 'a name with a comma or slash cannot stand in a tile URL; publish it through a view',
  };
}

function sridProblem(srid: number, known: ReadonlySet<number>): LayerProblem | undefined {
  if (known.has(srid)) return undefined;
  return { reason: 'unknown_srid', detail: `SRID ${srid} is not in spatial_ref_sys` };
}

/** The SRID that the first geometry carries, 0 where it has none: many views declare none. */
async function sampleSrid(db: Queryable, row: RelationRow): Promise<number> {
  const geometry = ident(row.geometry_column);
  const query = sql`select st_srid(${geometry}) as srid from ${ident(row.schema, row.name)}
    where ${geometry} is not null limit 1`;
  try {
    const [first] = await db.run<{ srid: number }>(query);
    return first?.srid ?? 0;
  } catch {
    return 0; // a view that fails will say so when it is asked for tiles
  }
}

function keyOf(columns: string[] | null, integer: string | null, known: readonly Column[]): Key | undefined {
  if (!columns || columns.length === 0) return undefined;
  const readable = (name: string): boolean => known.some((column) => column.name === name);
  // A key over a column that may not be read identifies nothing.
  if (!columns.every(readable)) return undefined;
  return { columns, integer: integer !== null && readable(integer) ? integer : undefined };
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
