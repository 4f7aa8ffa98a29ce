import type { TableLayer } from '../../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import { boxOf, ownColumns, sidesOf, sidesOfBox, type Sides } from '../copies.ts';
import { inBlocks, inCells, NOT_OWN, planRows, unitAt, type Making } from '../level.ts';
import { CHANGE } from './changes.ts';

/** Groups that rows are put together in: a cell, or a row by itself. */
const GROUPS = ident('pg_temp', 'chorograph_overview_groups');
const BOXES = ident('pg_temp', 'chorograph_overview_boxes');
const OWN = ident('pg_temp', 'chorograph_overview_own');
const NEAR = ident('pg_temp', 'chorograph_overview_near');

/** Has rows of the source that meet boxes read, where it does not hold all of them. */
export type ReadMeeting = (boxes: Sql) => Promise<void>;

/**
 * Plans what has to be made anew of a copy whose source has changed: the groups that changed rows are in or were in, and
 * those that touch one of theirs, as borders are simplified between the places where they part. Those that touch
 * these again are looked at.
 */
export async function planChanged(
  tx: Queryable,
  layer: TableLayer,
  making: Making,
  readMeeting: ReadMeeting = () => Promise.resolve(),
): Promise<void> {
  const { source } = making;
  const g = sql`s.${ident(layer.geometry.column)}`;
  const row = sql`s.${ident(ownColumns(layer).row)}`;
  const from = sql`${ident(source.schema, source.name)} s`;
  const now = groupOf(making, sidesOf(g), row);
  const meets = (box: Sql): Sql => sql`${g} && ${envelopeOf(sidesOfBox(box))}`;
  const changed = sql`select row, was from ${CHANGE} where source = ${source.name}`;
  const cells = groupBoxes(making, GROUPS);

  const before = groupOf(making, sidesOfBox(sql`c.was`), sql`c.row`);
  await make(
    tx,
    'chorograph_overview_groups',
    sql`select ${before} from (${changed}) c where c.was is not null
      union select ${now} from (${changed}) c join ${from} on ${row} = c.row`,
  );
  if (making.cell !== undefined) await readMeeting(cells);
  await make(
    tx,
    'chorograph_overview_boxes',
    sql`select was as box from (${changed}) c where was is not null
      union all select ${boxOf(g)} from ${membersOf(layer, making, GROUPS)}`,
  );
  await readMeeting(sql`select box from ${BOXES}`);
  await tx.run(
    sql`insert into ${GROUPS} select ${now} from ${BOXES} b join ${from} on ${meets(sql`b.box`)} except select * from ${GROUPS}`,
  );
  await tx.run(sql`analyze ${GROUPS}`);
  if (making.cell !== undefined) await readMeeting(cells);
  const members = sql`select ${row} as row, wanted.*, st_npoints(${g}) as size, ${boxOf(g)} as box`;
  await make(tx, 'chorograph_overview_own', sql`${members} from ${membersOf(layer, making, GROUPS)}`);
  await readMeeting(sql`select box from ${OWN}`);
  await make(
    tx,
    'chorograph_overview_near',
    sql`select ${now} from ${OWN} o join ${from} on ${meets(sql`o.box`)} except select * from ${GROUPS}`,
  );
  if (making.cell !== undefined) await readMeeting(groupBoxes(making, NEAR));
  await planRows(
    tx,
    sql`with found as (
        select row, size, true as own, x, y, alone from ${OWN}
        union all ${sql`select ${row}, 0, false, wanted.* from ${membersOf(layer, making, NEAR)}`}
      ), grouped as (select row, size, own, dense_rank() over (order by x, y, alone)::int as grp from found)
      ${inBlocks(sql`select row, grp, size from grouped where own`)}
      union all select row, grp, ${NOT_OWN} from grouped where not own`,
  );
}

async function make(tx: Queryable, name: string, query: Sql): Promise<void> {
  const table = ident('pg_temp', name);
  await tx.run(sql`drop table if exists ${table}`);
  await tx.run(sql`create temp table ${ident(name)} on commit drop as ${query}`);
  await tx.run(sql`analyze ${table}`);
}

/** The group of what lies in a box: its cell, or its own number where it is not put together with others. */
function groupOf({ cell, zoom }: Making, sides: Sides, row: Sql): Sql {
  if (cell === undefined) return sql`null::float8 as x, null::float8 as y, ${row} as alone`;
  const { isSmall, x, y } = inCells(sides, sizeOf(cell, zoom));
  return sql`case when ${isSmall} then ${x} end as x, case when ${isSmall} then ${y} end as y,
    case when not ${isSmall} then ${row} end as alone`;
}

function sizeOf(cell: number, zoom: number): Sql {
  return sql`${cell * unitAt(zoom)}::float8`;
}

/** Rows `s` of the source that are in groups, each with its group `wanted`. */
function membersOf(layer: TableLayer, making: Making, groups: Sql): Sql {
  const { source, cell, zoom } = making;
  const g = sql`s.${ident(layer.geometry.column)}`;
  const row = sql`s.${ident(ownColumns(layer).row)}`;
  const from = ident(source.schema, source.name);
  if (cell === undefined) return sql`${groups} wanted join ${from} s on ${row} = wanted.alone`;
  const { isSmall, x, y } = inCells(sidesOf(g), sizeOf(cell, zoom));
  const inCell = sql`${isSmall} and ${x} = wanted.x and ${y} = wanted.y`;
  return sql`${groups} wanted cross join lateral (
    select * from ${from} s where wanted.alone is null and ${g} && ${envelopeOf(cellSides(cell, zoom))} and ${inCell}
    union all select * from ${from} s where ${row} = wanted.alone and not ${isSmall}) s`;
}

/** Cells as boxes. */
function groupBoxes({ cell = 0, zoom }: Making, groups: Sql): Sql {
  const { xmin, ymin, xmax, ymax } = cellSides(cell, zoom);
  return sql`select box(point(${xmin}, ${ymin}), point(${xmax}, ${ymax})) as box from ${groups} wanted where wanted.alone is null`;
}

/** Of the cell `wanted`. What has its middle in it meets it. */
function cellSides(cell: number, zoom: number): Sides {
  const size = sizeOf(cell, zoom);
  // What rounding can make of a middle at a side.
  const slack = sql`1e-6::float8`;
  return {
    xmin: sql`(wanted.x - ${slack}) * ${size}`,
    ymin: sql`(wanted.y - ${slack}) * ${size}`,
    xmax: sql`(wanted.x + 1 + ${slack}) * ${size}`,
    ymax: sql`(wanted.y + 1 + ${slack}) * ${size}`,
  };
}

function envelopeOf({ xmin, ymin, xmax, ymax }: Sides): Sql {
  return sql`st_makeenvelope(${join([xmin, ymin, xmax, ymax])}, 3857)`;
}
