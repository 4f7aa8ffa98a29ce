import { hasFinite } from '../../../catalog/geometry.ts';
import { number } from '../../../catalog/expressions.ts';
import type { Column, TableLayer } from '../../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import { boxOf, ownColumns, sidesOfBox, type CopyTable, type Sides } from '../copies.ts';
import { indexCopy, projected, ROWS } from '../level.ts';
import { CHANGE, makeChanges } from './changes.ts';
import type { Boxes } from './tiles.ts';

/** Types whose values come back from their text as they were, in whatever session, and what they come back as. */
const KEY_TYPES: ReadonlyMap<string, Sql> = new Map([
  ['smallint', sql`bigint`],
  ['integer', sql`bigint`],
  ['bigint', sql`bigint`],
  ['text', sql`text`],
  ['character varying', sql`text`],
  ['uuid', sql`uuid`],
]);
const KEYS = ident('pg_temp', 'chorograph_overview_keys');

/** Columns by which a changed row can be found again; undefined where a layer has none. */
export function keyColumns({ kind, key, columns }: TableLayer): readonly Column[] | undefined {
  if (kind !== 'table' || !key || key.nullable) return undefined;
  const found = key.columns.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const isWhole = found.length === key.columns.length && found.every(({ type }) => KEY_TYPES.has(type));
  return isWhole ? found : undefined;
}

/** The rows that copies are made of: which number each has, its key and its box. */
export interface KnownRows {
  readonly table: CopyTable;
  readonly keys: readonly Column[];
}

/** Keeps which rows there are, of all that are projected. */
export async function keepRows(tx: Queryable, layer: TableLayer, { table, keys }: KnownRows): Promise<void> {
  const known = ident(table.schema, table.name);
  await tx.run(
    sql`create table ${known} as select ${join(knownColumns(layer, keys))} from ${ident(ROWS.schema, ROWS.name)}`,
  );
  await tx.run(sql`create unique index on ${known} (row)`);
  await tx.run(sql`create unique index on ${known} (${join(keyNames(keys))})`);
  await tx.run(sql`create index on ${known} using gist (box)`);
  await tx.run(sql`analyze ${known}`);
}

/**
 * Takes in which rows changed: they are in `ROWS` as they are now, and in `CHANGE` as they were before.
 * @returns by how many rows there are more; undefined where one has no place
 */
export async function readChanged(
  tx: Queryable,
  layer: TableLayer,
  consumer: string,
  rows: KnownRows,
): Promise<number | undefined> {
  const { keys } = rows;
  const known = ident(rows.table.schema, rows.table.name);
  const { row } = ownColumns(layer);
  const all = ident(ROWS.schema, ROWS.name);
  const changed = keys.map(
    ({ type }, i) => sql`c.columns[${number(i + 1)}]::${KEY_TYPES.get(type)!} as ${keyNames(keys)[i]!}`,
  );
  await makeKeys(
    tx,
    sql`select distinct ${join(changed)} from chorograph.changed_row c
      where c.capture = (select id from chorograph.capture where consumer = ${consumer})`,
  );
  await makeRows(tx, layer);
  await insertRows(tx, layer, rows);
  const [misplaced] = await tx.run(
    sql`select 1 from ${all} where not coalesce(${hasFinite(layer, ident(layer.geometry.column))}, false) limit 1`,
  );
  if (misplaced) return undefined;
  await makeChanges(tx);
  const names = join(keyNames(keys));
  const gone = await tx.run(
    sql`with gone as (
        delete from ${known} where (${names}) in (select ${names} from ${KEYS}) returning row, box
      ) insert into ${CHANGE} (source, row, was) select ${ROWS.name}, row, box from gone returning 1`,
  );
  const there = await tx.run(
    sql`insert into ${known} select ${join(knownColumns(layer, keys))} from ${all} returning 1`,
  );
  await tx.run(
    sql`insert into ${CHANGE} (source, row) select ${ROWS.name}, ${ident(row)} from ${all} on conflict do nothing`,
  );
  await tx.run(sql`analyze ${CHANGE}`);
  return there.length - gone.length;
}

/** Reads the rows that meet boxes, and are not in `ROWS` yet. */
export async function readMeeting(
  tx: Queryable,
  layer: TableLayer,
  rows: KnownRows,
  boxes: Sql,
): Promise<void> {
  const { row } = ownColumns(layer);
  const names = keyNames(rows.keys).map((name) => sql`known.${name}`);
  await makeKeys(
    tx,
    sql`select distinct ${join(names)} from (${boxes}) met join ${ident(rows.table.schema, rows.table.name)} known on known.box && met.box
      where not exists (select from ${ident(ROWS.schema, ROWS.name)} r where r.${ident(row)} = known.row)`,
  );
  await insertRows(tx, layer, rows);
}

export function knownBoxes({ table }: KnownRows): Boxes {
  const meets = ({ xmin, ymin, xmax, ymax }: Sides): Sql =>
    sql`box && box(point(${xmin}, ${ymin}), point(${xmax}, ${ymax}))`;
  return { from: ident(table.schema, table.name), sides: sidesOfBox(sql`box`), meets };
}

async function makeKeys(tx: Queryable, keys: Sql): Promise<void> {
  await tx.run(sql`drop table if exists ${KEYS}`);
  await tx.run(sql`create temp table chorograph_overview_keys on commit drop as ${keys}`);
  await tx.run(sql`analyze ${KEYS}`);
}

async function makeRows(tx: Queryable, layer: TableLayer): Promise<void> {
  const { row, rows } = ownColumns(layer);
  await tx.run(sql`drop table if exists ${ident(ROWS.schema, ROWS.name)}`);
  await tx.run(sql`create temp table ${ident(ROWS.name)} on commit drop as
    select projected.*, 0 as ${ident(row)}, 1 as ${ident(rows)} from ${projected(layer, sql`and false`)}`);
  await indexCopy(tx, layer, ROWS);
}

/** Reads the rows whose keys are wanted. What is not known yet gets a number that no row has had. */
async function insertRows(tx: Queryable, layer: TableLayer, { table, keys }: KnownRows): Promise<void> {
  const known = ident(table.schema, table.name);
  const all = ident(ROWS.schema, ROWS.name);
  const names = keyNames(keys);
  const own = keys.map(({ name }) => ident(name));
  const same = join(
    own.map((name, i) => sql`known.${names[i]!} = projected.${name}`),
    ' and ',
  );
  // One look at an index for each, however many rows there are.
  await tx.run(
    sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  );
  await tx.run(
    sql`insert into ${all} select projected.*,
        coalesce(known.row, (select coalesce(max(row), 0) from ${known}) + (row_number() over ())::int), 1
      from ${projected(layer, sql`and (${join(own)}) in (select ${join(names)} from ${KEYS}) offset 0`)} left join ${known} known on ${same}`,
  );
  await tx.run(
    sql`select set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)`,
  );
  await tx.run(sql`analyze ${all}`);
}

function knownColumns(layer: TableLayer, keys: readonly Column[]): Sql[] {
  const names = keyNames(keys);
  const own = keys.map(({ name }, i) => sql`${ident(name)} as ${names[i]!}`);
  const { row } = ownColumns(layer);
  return [sql`${ident(row)} as row`, sql`${boxOf(ident(layer.geometry.column))} as box`, ...own];
}

function keyNames(keys: readonly Column[]): Sql[] {
  return keys.map((_, i) => ident(`key_${i + 1}`));
}
