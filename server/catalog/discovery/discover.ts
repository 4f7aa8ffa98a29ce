import { sqlFile } from '../../db/files.ts';
import { sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import { readComment } from './comments.ts';
import { functionLayer, type FunctionRow } from './functions.ts';
import { layerIds } from './ids.ts';
import type { Samples } from './samples.ts';
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
} from '../types.ts';

export interface DiscoverOptions {
  /** Schemas to publish; all readable ones where empty. */
  schemas: readonly string[];
  /** SRID of geometries that declare none and carry none. */
  defaultSrid: number;
  /** Ids that `maps.yaml` gives away: no other layer may have one of these. */
  reservedIds: readonly string[];
  /** Relations that `maps.yaml` names: listed whatever schema they are in. */
  named: readonly string[];
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
  definition: string;
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

/** Everything in the database that is a layer, or would be but for a named problem. */
export async function discover(db: Database, options: DiscoverOptions, samples: Samples): Promise<Layer[]> {
  const published = <Row extends { schema: string }>(rows: Row[]): Row[] =>
    options.schemas.length === 0 ? rows : rows.filter((row) => options.schemas.includes(row.schema));
  const relations = published(
    await db.run<RelationRow>(sqlFile('catalog/layers.sql', [options.schemas, options.named])),
  );
  const functions = published(await db.run<FunctionRow>(sqlFile('catalog/functions.sql')));
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
  await samples.look(relations.filter((row) => needsSample(row)));
  const srids = await knownSrids(
    db,
    relations.map((row) => sridOf(row, options, samples)),
  );
  const layers: Layer[] = [];
  for (const [i, row] of relations.entries()) {
    const layer = tableLayer(ids[i] ?? '', row, srids, options, samples);
    const copies = overviews.get(`${relationName(layer)} ${row.geometry_column}`);
    layers.push(copies ? { ...layer, overviews: copies } : layer);
  }
  for (const [i, row] of functions.entries()) {
    const layer = functionLayer(ids[relations.length + i] ?? '', row, functions);
    layers.push({ ...layer, problem: layer.problem ?? addressProblem(layer.id) });
  }
  return layers;
}

function declaredSrid(row: RelationRow): number {
  return row.is_geography && row.srid === 0 ? 4326 : row.srid;
}

function needsSample(row: RelationRow): boolean {
  return declaredSrid(row) === 0 && accessProblem(row) === undefined;
}

/** SRIDs that a column carries; those of one that is being looked at are not known yet. */
function sridsIn(row: RelationRow, samples: Samples): readonly number[] {
  return needsSample(row) ? (samples.of(row) ?? []) : [declaredSrid(row)];
}

/** The SRID that a column is served with. */
function sridOf(row: RelationRow, { defaultSrid }: DiscoverOptions, samples: Samples): number {
  const [found = 0] = sridsIn(row, samples);
  return found || defaultSrid;
}

/** Those of them that the database can transform: of the 8,500 that it knows a few are wanted. */
async function knownSrids(db: Database, wanted: readonly number[]): Promise<ReadonlySet<number>> {
  const distinct = [...new Set(wanted)];
  if (distinct.length === 0) return new Set();
  const rows = await db.run<{ srid: number }>(
    sql`select srid from spatial_ref_sys where srid = any(${distinct}::int[])`,
  );
  return new Set(rows.map(({ srid }) => srid));
}

function tableLayer(
  id: string,
  row: RelationRow,
  srids: ReadonlySet<number>,
  options: DiscoverOptions,
  samples: Samples,
): TableLayer {
  const blocked = accessProblem(row) ?? examined(row, samples);
  const inData = sridsIn(row, samples);
  const [found = 0] = inData;
  const srid = sridOf(row, options, samples);
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
    // Not by to_regclass(), which fails where another role has a schema of that name.
    sql`select exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'chorograph' and c.relname = 'overview'
          and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) as there`,
  );
  if (!schema?.there) return new Map();
  const rows = await db.run<Overviews & { relation: string; geometry: string }>(
    // A schema of an older version knows of whole copies alone.
    sql`select relation, geometry, id, build, source_token as token, definition, zooms,
        coalesce(to_jsonb(o) -> 'merged', '[]') as merged, coalesce(to_jsonb(o) -> 'made', '[]') as made,
        (to_jsonb(o) ->> 'buffer')::int as buffer
      from chorograph.overview o where build > 0`,
  );
  return new Map(rows.map(({ relation, geometry, ...overviews }) => [`${relation} ${geometry}`, overviews]));
}

function examined(row: RelationRow, samples: Samples): LayerProblem | undefined {
  if (!needsSample(row) || samples.of(row) !== undefined) return undefined;
  return { reason: 'being_examined', detail: 'its geometries are being looked at for their SRID' };
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
