import type { TableLayer } from '../../../catalog/types.ts';
import { ident, join, sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import { boxOf, ownColumns } from '../copies.ts';
import { generalizeBlocks, madeRows, NOT_OWN, TODO, type Level } from '../level.ts';
import { CHANGE } from './changes.ts';
import { planChanged, type ReadMeeting } from './plan.ts';

const AGAIN = ident('pg_temp', 'chorograph_overview_again');
const AS_BEFORE = ident('pg_temp', 'chorograph_overview_as_before');

/** What was written to a copy. */
export interface Written {
  readonly came: number;
  readonly gone: number;
}

/** Makes what changed of a copy anew, and takes down what is another than before. */
export async function followLevel(
  tx: Queryable,
  layer: TableLayer,
  level: Level,
  readMeeting?: ReadMeeting,
): Promise<Written> {
  const { source } = level;
  const [any] = await tx.run(sql`select 1 from ${CHANGE} where source = ${source.name} limit 1`);
  if (!any) return { came: 0, gone: 0 };
  await planChanged(tx, layer, level, readMeeting);
  await generalizeBlocks(tx, layer, level);
  return replaceRows(tx, layer, level);
}

/** A row of the copy stays where it is of the same geometry, and stands for as many rows, of which it is none that changed. */
async function replaceRows(tx: Queryable, layer: TableLayer, level: Level): Promise<Written> {
  const { source, table } = level;
  const copy = ident(table.schema, table.name);
  const names = ownColumns(layer);
  const [row, rows, g] = [names.row, names.rows, layer.geometry.column].map((name) => ident(name));
  const changed = sql`select row from ${CHANGE} where source = ${source.name}`;
  await tx.run(sql`drop table if exists ${AGAIN}, ${AS_BEFORE}`);
  await tx.run(sql`create temp table chorograph_overview_again on commit drop as ${madeRows(layer, level)}`);
  await tx.run(
    sql`create temp table chorograph_overview_as_before on commit drop as
      select a.${row!} as row from ${AGAIN} a join ${copy} t on t.${row!} = a.${row!}
      where t.${rows!} = a.${rows!} and t.${g!}::bytea = a.${g!}::bytea and a.${row!} not in (${changed})`,
  );
  const gone = await tx.run(
    sql`with gone as (
        delete from ${copy} t
        where t.${row!} in (select row from ${TODO} where block <> ${NOT_OWN} union ${changed})
          and t.${row!} not in (select row from ${AS_BEFORE})
        returning t.${row!} as row, ${boxOf(sql`t.${g!}`)} as box
      ) insert into ${CHANGE} (source, row, was) select ${table.name}, row, box from gone returning 1`,
  );
  const columns = join([...layer.columns.map(({ name }) => ident(name)), g!, row!, rows!]);
  const came = await tx.run(
    sql`insert into ${copy} (${columns}) select ${columns} from ${AGAIN} a
      where a.${row!} not in (select row from ${AS_BEFORE}) order by a.${row!} returning 1`,
  );
  await tx.run(
    sql`insert into ${CHANGE} (source, row) select ${table.name}, a.${row!} from ${AGAIN} a
      where a.${row!} not in (select row from ${AS_BEFORE}) on conflict do nothing`,
  );
  await tx.run(sql`analyze ${CHANGE}`);
  return { came: came.length, gone: gone.length };
}
