import { ident, sql, type Sql } from '../../db/sql.ts';
import { number } from '../../catalog/expressions.ts';
import type { Queryable } from '../../db/types.ts';
import { PASS } from './build-sql.ts';
import { CELL_BITS } from './definition.ts';

/** The deepest zoom that tiles are asked for at; clients magnify from there. */
export const DEEPEST = 14;
/** Rows of the fullest tile from the switch zoom on: as many as PostGIS makes a tile of in about ten milliseconds. */
export const DENSEST = 4_000;
/** Disk that a cell takes, its share of the index included. */
const BYTES_PER_CELL = 100;
/** Cells of all zooms for each of the finest, where points lie as they usually do. */
const ALL_ZOOMS = 2;

/** What a pass by cells of tiles of zoom `DEEPEST` is a pass of: see `passStatement`. */
export const TILES_BELOW = DEEPEST + 1 - CELL_BITS;

/**
 * The switch zoom: the first one whose fullest tile has no more than `DENSEST` points; one more than the deepest where
 * there is none. Asked of a pass whose cells are the tiles of zoom `DEEPEST`.
 */
export async function chooseBelow(tx: Queryable): Promise<number> {
  const levels = await tx.run<{ z: number; most: number }>(densityQuery());
  const deep = levels.filter(({ most }) => most > DENSEST).map(({ z }) => z);
  return Math.max(1, ...deep.map((z) => z + 1));
}

/** Points of the fullest tile of each zoom, each zoom added up from the one below it. */
function densityQuery(): Sql {
  const level = (z: number): Sql => ident(`tiles_${z}`);
  const first = sql`${level(DEEPEST)} as materialized (
    select cell_x as x, cell_y as y, sum(count)::bigint as n from ${PASS} where cell_x is not null group by 1, 2)`;
  const others = range(DEEPEST).map((i) => {
    const z = DEEPEST - 1 - i;
    return sql`${level(z)} as materialized (
      select x >> 1 as x, y >> 1 as y, sum(n)::bigint as n from ${level(z + 1)} group by 1, 2)`;
  });
  const most = range(DEEPEST + 1).map(
    (z) => sql`select ${number(z)} as z, coalesce(max(n), 0)::float8 as most from ${level(z)}`,
  );
  const steps = [first, ...others].reduce((all, step) => sql`${all}, ${step}`);
  return sql`with ${steps} ${most.reduce((all, one) => sql`${all} union all ${one}`)}`;
}

/**
 * By how many zooms a pyramid's finest cells have to be coarser than those of the pass so that all of them fit the
 * room: `below` or more where even the coarsest do not. `bytes`: what they would have taken.
 */
export async function coarserToFit(
  tx: Queryable,
  below: number,
  room: number,
): Promise<{ coarser: number; bytes: number }> {
  let first: number | undefined;
  for (let coarser = 0; coarser < below; coarser++) {
    const by = number(coarser);
    const [row] = await tx.run<{ cells: number }>(
      sql`select count(*)::float8 as cells from (
        select from ${PASS} where cell_x is not null group by cell_x >> ${by}, cell_y >> ${by}) cell`,
    );
    const bytes = (row?.cells ?? 0) * ALL_ZOOMS * BYTES_PER_CELL;
    first ??= bytes;
    if (bytes <= room) return { coarser, bytes: first };
  }
  return { coarser: below, bytes: first ?? 0 };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
