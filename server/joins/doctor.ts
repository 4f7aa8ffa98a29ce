import { readFileSync } from 'node:fs';
import { ident, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { AppError, invalidParameter } from '../errors.ts';
import { didYouMean } from '../tools/nearest.ts';
import { projectPath } from '../tools/paths.ts';
import type { PlaceNames } from '../places/aliases.ts';
import {
  confirmationKey,
  joinPlaces,
  type JoinReport,
  type PlaceRegion,
  type PlaceValue,
} from '../places/match.ts';
import { readConfirmed, type Confirmation } from './matches.ts';

/** A region set of `maps.yaml`. */
export interface RegionSet {
  readonly table: string;
  readonly code: string;
  readonly name: string;
  readonly parent?: { readonly set: string; readonly column: string } | undefined;
}
export interface JoinMaps {
  readonly regions: Readonly<Record<string, RegionSet>>;
}

/** A column of a table that names regions, and one that names those above. */
export interface JoinSource {
  readonly table: string;
  readonly column: string;
  readonly parent?: string | undefined;
}

export interface Joined {
  readonly report: JoinReport;
  readonly regions: readonly PlaceRegion[];
}

/** More different values are no names of regions. */
const MOST_VALUES = 20_000;
const PATIENCE = { timeoutMs: 120_000 };

/**
 * Which regions of a set the values of a column name.
 * @param more what somebody confirms and nobody has to remember
 * @throws AppError `invalid_parameter` naming the set, table or column that is not there
 */
export async function diagnose(
  db: Queryable,
  maps: JoinMaps,
  set: string,
  source: JoinSource,
  more: readonly Confirmation[] = [],
): Promise<Joined> {
  const regions = await readRegions(db, maps, set);
  const values = await readValues(db, source);
  const confirmed = await readConfirmed(db, set);
  checkCodes(
    regions,
    more.map(({ code }) => code),
  );
  for (const { code, ...value } of more) confirmed.set(confirmationKey(value), code);
  return { report: joinPlaces(values, regions, { names: placeNames(), confirmed }), regions };
}

/** `schema.table` → its two parts; a name alone is in schema public. */
export function relationParts(relation: string): [schema: string, table: string] {
  const dot = relation.indexOf('.');
  return dot < 0 ? ['public', relation] : [relation.slice(0, dot), relation.slice(dot + 1)];
}

export async function readRegions(db: Queryable, { regions }: JoinMaps, id: string): Promise<PlaceRegion[]> {
  const set = Object.hasOwn(regions, id) ? regions[id] : undefined;
  if (!set)
    throw invalidParameter('set', id, `a region set of maps.yaml${didYouMean(id, Object.keys(regions))}`);
  const above = set.parent && regions[set.parent.set];
  const [parent, from] =
    set.parent && above
      ? [
          sql`p.${ident(above.name)}::text`,
          sql`left join ${ident(...relationParts(above.table))} p on p.${ident(above.code)}::text = r.${ident(set.parent.column)}::text`,
        ]
      : [sql`null::text`, sql``];
  const rows = await db.run<{ code: string; name: string; parent: string | null }>(
    sql`
    select r.${ident(set.code)}::text as code, coalesce(r.${ident(set.name)}::text, '') as name, ${parent} as parent
    from ${ident(...relationParts(set.table))} r ${from} where r.${ident(set.code)} is not null order by 1`,
    PATIENCE,
  );
  return rows.map(({ parent: above, ...region }) => ({
    ...region,
    ...(above !== null && { parent: above }),
  }));
}

async function readValues(db: Queryable, { table, column, parent }: JoinSource): Promise<PlaceValue[]> {
  const columns = await columnsOf(db, table);
  for (const [parameter, name] of [
    ['column', column],
    ['parent', parent],
  ] as const)
    if (name !== undefined && !columns.includes(name))
      throw invalidParameter(parameter, name, `a column of ${table}: ${columns.slice(0, 30).join(', ')}`);
  const above = parent === undefined ? sql`null::text` : sql`${ident(parent)}::text`;
  const rows = await db.run<{ value: string; parent: string | null; rows: number }>(
    sql`
    select ${ident(column)}::text as value, ${above} as parent, count(*)::integer as rows
    from ${ident(...relationParts(table))}
    where ${ident(column)} is not null group by 1, 2 order by 1, 2 limit ${MOST_VALUES + 1}`,
    PATIENCE,
  );
  if (rows.length > MOST_VALUES)
    throw invalidParameter(
      'column',
      column,
      `one that names regions: it has more than ${MOST_VALUES} values`,
    );
  return rows.map(({ parent: above, ...value }) => ({ ...value, ...(above !== null && { parent: above }) }));
}

/** Columns that we may read. @throws AppError `invalid_parameter` where there is no such table */
export async function columnsOf(db: Queryable, table: string): Promise<string[]> {
  const [schema, name] = relationParts(table);
  const rows = await db.run<{ name: string }>(sql`
    select a.attname::text as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name} and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and a.attnum > 0 and not a.attisdropped and n.nspname not in ('chorograph', 'pg_catalog', 'information_schema')
      and has_column_privilege(c.oid, a.attnum, 'select')
    order by a.attnum`);
  if (rows.length > 0) return rows.map((row) => row.name);
  throw invalidParameter('table', table, 'a table or view that may be read');
}

let names: PlaceNames | undefined;
function placeNames(): PlaceNames {
  names ??= JSON.parse(readFileSync(projectPath('data', 'id', 'place-names.json'), 'utf8')) as PlaceNames;
  return names;
}

/** Confirmations name regions of the set. @throws AppError */
export function checkCodes(regions: readonly PlaceRegion[], codes: readonly string[]): void {
  const known = new Set(regions.map(({ code }) => code));
  const unknown = codes.find((code) => !known.has(code));
  if (unknown !== undefined)
    throw new AppError('invalid_parameter', { detail: `there is no region ${unknown} in this set` });
}
