import { isTransformError } from '../../../catalog/failed-query.ts';
import { relationName, type TableLayer } from '../../../catalog/types.ts';
import { sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';
import { basisOf, changedRows, forgetChanges } from '../../auto/captures.ts';
import { mergedTable, rowsTable, tilesTable, wholeTable, type CopyTable } from '../copies.ts';
import { ROWS, sourceFor, type Level } from '../level.ts';
import { HIGHEST_MADE } from '../made-tiles.ts';
import { overviewDefinition } from '../overviews.ts';
import { consumerOf, type OverviewRow } from '../record.ts';
import type { ReadMeeting } from './plan.ts';
import { keyColumns, knownBoxes, readChanged, readMeeting, type KnownRows } from './rows.ts';
import { areTooMany, boxesOf, changedBoxes, followTiles } from './tiles.ts';
import { followLevel } from './write.ts';

/** Of more changed rows than this, or this share of all if that is more than a few, it pays to make all anew. */
const MOST_ROWS = 20_000;
const MOST_SHARE = 1 / 20;
const FEW_ROWS = 200;

/** What copies took in. */
export interface Followed {
  /** Rows that came, went or are others. */
  readonly rows: number;
  /** Rows of copies that were written, and tiles. */
  readonly written: number;
  /** Rows of all copies. */
  readonly copied: number;
}

/**
 * Takes in what changed since copies were made, in proportion to it: rows of copies that changed rows are in, or whose
 * borders these share, and tiles that these are in. Tables are those that are there. In a transaction that sees one moment;
 * undefined, with nothing done, where copies have to be made of all rows: not every change is known, or they are too
 * many, or a tile has come to be too large.
 */
export async function followCopies(
  tx: Queryable,
  layer: TableLayer,
  row: OverviewRow,
  token: string,
): Promise<Followed | undefined> {
  const keys = keyColumns(layer);
  const consumer = consumerOf(relationName(layer), layer.geometry.column);
  if (!keys || row.basis === null || row.definition !== overviewDefinition(layer)) return undefined;
  if ((await basisOf(tx, consumer)) !== row.basis) return undefined;
  const most = Math.min(MOST_ROWS, Math.max(FEW_ROWS, Math.floor(row.rows * MOST_SHARE)));
  const changed = await changedRows(tx, consumer, most);
  // How much is put together was chosen by where rows lay once.
  if (changed > most || row.followed + changed > row.rows) return undefined;
  await tx.run(sql`savepoint before_copies`);
  const taken = await takeIn(tx, layer, row, { keys, table: rowsTable(row) }).catch((error: unknown) => {
    // Of a row without a place, which only looking at all rows finds.
    if (isTransformError(error)) return undefined;
    throw error;
  });
  if (!taken) {
    await tx.run(sql`rollback to savepoint before_copies`);
    return undefined;
  }
  const copied = row.copied + taken.grown;
  await tx.run(
    sql`update chorograph.overview set source_token = ${token}, rows = rows + ${taken.more}, copied = ${copied},
        followed = followed + ${changed}, built_at = now()
      where id = ${row.id}`,
  );
  await forgetChanges(tx, consumer);
  await tx.run(sql`notify chorograph_catalog`);
  return { rows: changed, written: taken.written, copied };
}

interface Taken {
  /** By how many rows the layer has more. */
  readonly more: number;
  /** And all copies. */
  readonly grown: number;
  readonly written: number;
}

async function takeIn(
  tx: Queryable,
  layer: TableLayer,
  row: OverviewRow,
  rows: KnownRows,
): Promise<Taken | undefined> {
  const consumer = consumerOf(relationName(layer), layer.geometry.column);
  const more = await readChanged(tx, layer, consumer, rows);
  if (more === undefined) return undefined;
  const reading = (copy: CopyTable): ReadMeeting | undefined =>
    copy === ROWS ? (boxes) => readMeeting(tx, layer, rows, boxes) : undefined;
  let [grown, written] = [0, 0];
  for (const level of levelsOf(row)) {
    const { came, gone } = await followLevel(tx, layer, level, reading(level.source));
    grown += came - gone;
    written += Math.max(came, gone);
  }
  for (let zoom = HIGHEST_MADE; zoom >= 0; zoom--) {
    const copy = row.merged.includes(zoom) ? mergedTable(row, zoom) : sourceFor(row, zoom);
    if (!row.made.includes(zoom)) {
      const boxes = copy === ROWS ? knownBoxes(rows) : boxesOf(layer, copy);
      if (await areTooMany(tx, changedBoxes(layer, copy), boxes, zoom)) return undefined;
      continue;
    }
    const of = { copy, tiles: tilesTable(row), zoom, buffer: row.buffer };
    const tiles = await followTiles(tx, layer, of, reading(copy));
    if (tiles === undefined) return undefined;
    written += tiles;
  }
  return { more, grown, written };
}

/** The copies of a build, each after the one that it is made from. */
function levelsOf(row: OverviewRow): Level[] {
  const levels: Level[] = [];
  let source = ROWS;
  for (const zoom of [...row.zooms].reverse()) {
    const table = wholeTable(row, zoom);
    levels.push({ source, table, zoom });
    source = table;
  }
  let finer: CopyTable | undefined;
  for (const zoom of [...row.merged].reverse()) {
    const table = mergedTable(row, zoom);
    const cell = row.cells[row.merged.indexOf(zoom)]!;
    levels.push({ source: finer ?? sourceFor(row, zoom), table, zoom, cell });
    finer = table;
  }
  return levels;
}
