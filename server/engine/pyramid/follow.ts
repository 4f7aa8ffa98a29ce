import { number } from '../../catalog/expressions.ts';
import type { Column, TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { basisOf, captureChanges, changedRows, forgetChanges } from '../auto/captures.ts';
import { categoryColumns, cellsTable, PASS, passStatement, type Changes } from './build-sql.ts';
import { CELL_BITS, type PyramidDefinition } from './definition.ts';
import { consumerOf, pyramidRelation, tableName, type PyramidRow } from './record.ts';

/** Of more changed rows than this, or this share of all points if that is more than a few, it pays to read all. */
const MOST_ROWS = 20_000;
const MOST_SHARE = 1 / 5;
const FEW_ROWS = 1_000;
/** Disk that a cell takes, its share of the index included. */
const BYTES_PER_CELL = 100;
const CHANGE = sql`pg_temp.pyramid_change`;

/** What a pyramid took in. */
export interface Followed {
  /** Rows that came or went. */
  readonly rows: number;
  /** Cells that were written, of all zooms. */
  readonly cells: number;
  readonly table: string;
  readonly points: number;
}

/** Has what changes from now on kept for the pyramid. */
export async function keepChanges(db: Database, definition: PyramidDefinition): Promise<void> {
  const columns = wantedColumns(definition).map(({ name }) => name);
  const { layer } = definition;
  const place = layer.geometry.column;
  await captureChanges(db, { consumer: consumerOf(definition), layer, place, columns });
}

/**
 * Takes in what changed since the pyramid was made, in proportion to it: cells that changed rows are in, and no others.
 * In a transaction that sees one moment; undefined, with nothing done, where it has to be made of all rows: not every
 * change is known, or they are too many, or there is a category that has no column yet or has come to be empty.
 * @param room bytes of disk that it may take
 */
export async function follow(
  tx: Queryable,
  given: PyramidDefinition,
  row: PyramidRow,
  { sourceToken, room = Infinity }: { sourceToken: string; room?: number },
): Promise<Followed | undefined> {
  const consumer = consumerOf(given);
  if (row.build === 0 || row.basis === null || row.definition !== given.fingerprint) return undefined;
  if ((await basisOf(tx, consumer)) !== row.basis) return undefined;
  const most = Math.min(MOST_ROWS, Math.max(FEW_ROWS, row.points * MOST_SHARE));
  const rows = await changedRows(tx, consumer, most);
  if (rows > most) return undefined;
  // The switch zoom was chosen by how dense the points lay once.
  if (given.isAutomatic && row.followed + rows > row.points) return undefined;
  const definition = { ...given, below: row.below ?? given.below };
  if ((row.cells + rows * definition.below) * BYTES_PER_CELL > room) return undefined;
  const table = tableName(row.id, row.build);
  const categories = row.categories ?? [];
  const hasOther = row.has_other ?? false;

  const fits = await takeIn(tx, definition, consumer, categories, hasOther);
  const [totals] = await tx.run<{ points: number; left_out: number }>(
    sql`select coalesce(sum(count) filter (where cell_x is not null), 0)::bigint as points,
      coalesce(sum(count) filter (where cell_x is null), 0)::bigint as left_out from ${PASS}`,
  );
  const points = row.points + (totals?.points ?? 0);
  const cellsOf = { table, categories: categories.length, hasOther };
  const written =
    fits && (await addsUp(tx, points, cellsOf)) ? await write(tx, definition, cellsOf) : undefined;
  await tx.run(sql`drop table ${PASS}, ${CHANGE}`);
  if (!written) return undefined;
  const cells = row.cells + written.inserted - written.gone;
  await tx.run(sql`update chorograph.pyramid set source_token = ${sourceToken}, points = ${points},
      left_out = left_out + ${totals?.left_out ?? 0}, cells = ${cells}, followed = followed + ${rows},
      built_at = clock_timestamp()
    where id = ${row.id}`);
  await forgetChanges(tx, consumer);
  await tx.run(sql`select chorograph.bump(${pyramidRelation(definition.layer.id)})`);
  return { rows, cells: written.updated + written.inserted, table, points };
}

function wantedColumns({ sums, countBy }: PyramidDefinition): Column[] {
  return [...sums, ...(countBy ? [countBy] : [])];
}

/** The changed rows under the names and types of the layer's columns. */
function changedAs(definition: PyramidDefinition, consumer: string): Changes {
  const { layer } = definition;
  const columns = new Map(wantedColumns(definition).map((column, i) => [column.name, typed(column, i + 1)]));
  const values = [...columns].map(([name, value]) => sql`${value} as ${ident(name)}`);
  let times = 'n';
  while (times === layer.geometry.column || columns.has(times)) times += '_';
  const place = sql`${placeOf(layer)} as ${ident(layer.geometry.column)}`;
  const rows = sql`(select ${join([sql`r.n as ${ident(times)}`, place, ...values])}
    from chorograph.changed_row r
    where r.capture = (select id from chorograph.capture where consumer = ${consumer})) changed`;
  return { rows, times };
}

function placeOf({ geometry }: TableLayer): Sql {
  return geometry.isGeography ? sql`r.geometry::geography` : sql`r.geometry::geometry`;
}

/** Back from its text: as the type that decides how it adds up or what its category is called. */
function typed({ kind, type }: Column, position: number): Sql {
  const text = sql`r.columns[${number(position)}]`;
  if (kind === 'number') {
    if (type === 'real') return sql`${text}::real`;
    if (type === 'double precision') return sql`${text}::double precision`;
    return sql`${text}::numeric`;
  }
  if (kind === 'integer' || kind === 'bigint') return sql`${text}::bigint`;
  if (kind === 'boolean') return sql`${text}::boolean`;
  if (kind === 'date') return sql`${text}::date`;
  return text;
}

/** Adds the changed rows up by cell of each zoom; false where one has a category that has no column. */
async function takeIn(
  tx: Queryable,
  definition: PyramidDefinition,
  consumer: string,
  categories: readonly string[],
  hasOther: boolean,
): Promise<boolean> {
  await tx.run(passStatement(definition, changedAs(definition, consumer)));
  await tx.run(changeStatement(definition, categories, hasOther));
  await tx.run(sql`analyze ${CHANGE}`);
  if (hasOther || !definition.countBy) return true;
  const [unknown] = await tx.run(
    sql`select 1 from ${PASS} where category is not null and category <> all(${categories}::text[])
      and cell_x is not null limit 1`,
  );
  return unknown === undefined;
}

/** The table of a build, and what its categories are. */
interface Cells {
  readonly table: string;
  readonly categories: number;
  readonly hasOther: boolean;
}

/** Whether the world and what is added to it hold every point, and some of each category. */
async function addsUp(
  tx: Queryable,
  points: number,
  { table, categories, hasOther }: Cells,
): Promise<boolean> {
  const names = [sql`count`, ...categoryColumns(categories, hasOther)];
  const columns = join(names);
  const sums = join(names.map((name) => sql`coalesce(sum(${name}), 0)::float8`));
  const [world] = await tx.run<{ sums: number[] }>(
    sql`select array[${sums}] as sums from (
      select ${columns} from ${cellsTable(table)} where z = 0
      union all select ${columns} from ${CHANGE} where z = 0) both_of_them`,
  );
  const [count, ...counted] = world?.sums ?? [];
  if (count !== points || points === 0 || counted.some((n) => n <= 0)) return false;
  return true;
}

/** What is added to each cell of each zoom. */
function changeStatement(
  { below, sums }: PyramidDefinition,
  categories: readonly string[],
  hasOther: boolean,
): Sql {
  const added = sums.flatMap((_, i) => [
    sql`coalesce(sum(${ident(`sum_${i}`)}), 0) as ${ident(`sum_${i}`)}`,
    sql`sum(${ident(`n_${i}`)})::bigint as ${ident(`n_${i}`)}`,
  ]);
  const conditions = [
    ...categories.map((value) => sql`category = ${value}`),
    ...(hasOther ? [sql`category <> all(${categories}::text[])`] : []),
  ];
  const counted = categoryColumns(categories.length, hasOther).map(
    (column, i) => sql`coalesce(sum(count) filter (where ${conditions[i]!}), 0)::bigint as ${column}`,
  );
  const up = sql`(${number(below - 1)} - z)`;
  return sql`create temporary table pyramid_change on commit drop as
    select row_number() over ()::int as id, z::smallint as z, cell_x >> ${up} as cell_x, cell_y >> ${up} as cell_y,
      ${join([sql`sum(count)::bigint as count, sum(x) as x, sum(y) as y`, ...added, ...counted])}
    from ${PASS} cross join generate_series(0, ${number(below - 1)}) z
    where cell_x is not null group by z, cell_x >> ${up}, cell_y >> ${up}`;
}

/**
 * Adds to the cells that there are, makes those that there are not, and drops those that hold nothing any more;
 * undefined, with nothing done, where one would hold fewer points than none.
 */
async function write(
  tx: Queryable,
  { sums }: PyramidDefinition,
  { table, categories, hasOther }: Cells,
): Promise<{ updated: number; inserted: number; gone: number } | undefined> {
  const columns = [
    ...['count', 'x', 'y'].map((name) => ident(name)),
    ...sums.flatMap((_, i) => [ident(`sum_${i}`), ident(`n_${i}`)]),
    ...categoryColumns(categories, hasOther),
  ];
  const cells = cellsTable(table);
  const added = columns.map((column) => sql`${column} = c.${column} + d.${column}`);
  const all = join([sql`z, cell_x, cell_y`, ...columns]);
  await tx.run(sql`savepoint before_cells`);
  // One look at the index for each change, however many cells there are.
  await tx.run(
    sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  );
  const updated = await tx.run<Written>(
    sql`update ${cells} c set ${join(added)} from ${CHANGE} d where ${sameCell()}
      returning d.id, c.ctid::text as place, c.count`,
  );
  await tx.run(
    sql`select set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)`,
  );
  const inserted = await tx.run<Pick<Written, 'count'>>(
    sql`insert into ${cells} (${all}) select ${all} from ${CHANGE} d
      where d.count <> 0 and not exists (select from unnest(${updated.map(({ id }) => id)}::int[]) id where id = d.id)
      returning count`,
  );
  const empty = updated.filter(({ count }) => count === 0).map(({ place }) => place);
  if ([...updated, ...inserted].some(({ count }) => count < 0)) {
    await tx.run(sql`rollback to savepoint before_cells`);
    return undefined;
  }
  await tx.run(sql`delete from ${cells} where ctid = any(${empty}::tid[])`);
  return { updated: updated.length, inserted: inserted.length, gone: empty.length };
}

interface Written {
  /** Of the change. */
  readonly id: number;
  readonly place: string;
  readonly count: number;
}

/** The cell `c` that a change `d` is of, by the index. */
function sameCell(): Sql {
  const bits = number(CELL_BITS);
  return sql`c.z = d.z and (c.cell_x >> ${bits}) = (d.cell_x >> ${bits}) and (c.cell_y >> ${bits}) = (d.cell_y >> ${bits})
    and c.cell_x = d.cell_x and c.cell_y = d.cell_y`;
}
