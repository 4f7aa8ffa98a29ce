import { number } from '../../catalog/expressions.ts';
import type { TableLayer } from '../../catalog/types.ts';
import type { DatabaseKind } from '../../db/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Stamp } from '../../generations/generations.ts';

/** What the data of a layer is at, so that it can be told from any other, whatever happened since. */
export interface ProofRow {
  readonly stamp: Stamp | null;
  /** What else decides what is read of it: who reads, settings, programs, the definition of its coordinate system. */
  readonly environment: string;
  /** The sum of all rows' hashes, and how many there are; null where the stamp says it all. */
  readonly content: string | null;
}

/** Rows that take longer to sum up are better read (ms). */
export const PROOF_TIMEOUT_MS = 5_000;

/** What decides how values read as text, and which relation a name is. */
const SETTINGS = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'extra_float_digits',
  'bytea_output',
  'xmlbinary',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'search_path',
  'role',
  'row_security',
  'server_encoding',
  'server_version',
];

/**
 * Asks for the proof of a layer's data.
 * @param stamp the expression of `Generations.stamp()`
 * @param isTold whether the stamp alone tells every change; else all that is read of the rows is summed up
 */
export function proofQuery(layer: TableLayer, stamp: Sql, isTold: boolean, kind: DatabaseKind): Sql {
  const settings = SETTINGS.map((name) => sql`current_setting(${name}, true)`);
  // These of the embedded database are the program's own.
  const libraries = kind === 'embedded' ? [] : [sql`postgis_geos_version()`, sql`postgis_proj_version()`];
  const system = sql`(select s::text from spatial_ref_sys s where s.srid = ${number(layer.geometry.srid)})`;
  const environment = [
    sql`current_database()`,
    sql`current_user`,
    sql`postgis_lib_version()`,
    ...libraries,
    system,
    ...settings,
  ];
  return sql`select ${stamp} as stamp, md5(json_build_array(${join(environment)})::text) as environment,
    ${isTold ? sql`null::text` : contentOf(layer)} as content`;
}

/** Without a key rows are read as they come, so that is part of it. */
function contentOf(layer: TableLayer): Sql {
  const columns = [layer.geometry.column, ...layer.columns.map(({ name }) => name)];
  const row = sql`row(${join(columns.map((name) => sql`t.${ident(name)}`))})::text`;
  const place = layer.key ? sql`0` : sql`row_number() over ()`;
  return sql`(select count(*) || '.' || coalesce(sum(hash), 0)
    from (select hashtextextended(${row}, ${place})::numeric as hash from ${ident(layer.schema, layer.name)} t) hashes)`;
}
