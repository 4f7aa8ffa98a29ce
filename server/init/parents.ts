import { ident, sql, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { matchesOf, type Values } from './matches.ts';
import { isAkin } from './names.ts';
import type { Regions } from './regions.ts';
import { from, fullName, LOOKING } from './relations.ts';

/** Where a region is the part of another: a column that says so, or the statement that makes one. */
export interface Parent {
  readonly regions: Regions;
  readonly column: string;
  readonly why: string;
  /** What makes the column, where it is not there yet. */
  readonly remedy?: string;
}

/** Looking for each point in each polygon takes long. */
const MOST_TO_LOCATE = 5_000;
/** Points on borders, islands that the coarser outline leaves out. */
const NEARLY_ALL = 0.98;

/** The nearest level above: by a foreign key, by values, by the first digits of the code, else by where they are. */
export async function findParent(
  db: Queryable,
  child: Regions,
  all: readonly Regions[],
  values: readonly Values[],
): Promise<Parent | undefined> {
  // Nearest first: that with the most regions.
  const above = all.filter((one) => one !== child && one.rows < child.rows).sort((a, b) => b.rows - a.rows);
  for (const find of [byColumn, byPrefix])
    for (const regions of above) {
      const found = find(child, regions, values);
      if (found) return found;
    }
  for (const regions of above) {
    const found = await byPlace(db, child, regions);
    if (found) return found;
  }
  return undefined;
}

function byColumn(child: Regions, regions: Regions, values: readonly Values[]): Parent | undefined {
  const own = values.filter(
    ({ relation, column }) => relation === child.relation && column.name !== child.code,
  );
  const [best] = matchesOf(regions, own)
    .filter((match) => match.strangers.length === 0 && match.values < child.rows)
    .sort(
      (a, b) =>
        Number(b.isForeignKey) - Number(a.isForeignKey) ||
        Number(isAkin(b.column, regions.code)) - Number(isAkin(a.column, regions.code)) ||
        b.regions - a.regions,
    );
  if (!best) return undefined;
  const why = best.isForeignKey
    ? `a foreign key to ${fullName(regions.relation)}`
    : `all of its ${best.values} values are codes of ${fullName(regions.relation)}`;
  return { regions, column: best.column, why };
}

function byPrefix(child: Regions, regions: Regions): Parent | undefined {
  const lengths = new Set([...regions.values].map((code) => code.length));
  const [length = 0] = lengths;
  if (lengths.size !== 1 || length === 0) return undefined;
  const isBelow = (code: string): boolean =>
    code.length > length && regions.values.has(code.slice(0, length));
  if (![...child.values].every(isBelow)) return undefined;
  const start = sql`left(${ident(child.code)}::text, ${length})`.text.replace('$1', String(length));
  return {
    regions,
    column: 'parent_code',
    why: `the first ${length} characters of each ${child.code} are a code of ${fullName(regions.relation)}`,
    remedy: newColumn(child, `generated always as (${start}) stored`),
  };
}

async function byPlace(db: Queryable, child: Regions, regions: Regions): Promise<Parent | undefined> {
  if (child.rows > MOST_TO_LOCATE) return undefined;
  const [inside, outside] = [geometryOf(child, 'c'), geometryOf(regions, 'p')];
  const srid = regions.layer.geometry.srid;
  const point =
    child.layer.geometry.srid === srid
      ? sql`st_pointonsurface(${inside})`
      : sql`st_transform(st_pointonsurface(${inside}), ${srid}::int)`;
  const [row] = await db.run<{ located: number }>(
    sql`select count(distinct c.${ident(child.code)})::int as located
      from ${from(child.relation)} c join ${from(regions.relation)} p on st_intersects(${outside}, ${point})
      where st_isvalid(${inside}) and st_isvalid(${outside})`,
    LOOKING,
  );
  const located = row?.located ?? 0;
  if (located < child.rows * NEARLY_ALL) return undefined;
  const told = child.layer.geometry.srid === srid ? point.text : point.text.replace('$1', String(srid));
  return {
    regions,
    column: 'parent_code',
    why: `${located} of ${child.rows} lie within a region of ${fullName(regions.relation)}`,
    remedy: `${newColumn(child, '')}\nupdate ${from(child.relation).text} c set parent_code = p.${ident(regions.code).text}::text from ${from(regions.relation).text} p where st_intersects(${outside.text}, ${told});`,
  };
}

const geometryOf = ({ layer }: Regions, alias: string): Sql => {
  const { column, isGeography } = layer.geometry;
  return isGeography ? sql`${ident(alias, column)}::geometry` : ident(alias, column);
};

const newColumn = ({ relation }: Regions, how: string): string =>
  'rp'.includes(relation.kind)
    ? `alter table ${from(relation).text} add column parent_code text ${how}`.trimEnd() + ';'
    : `-- ${fullName(relation)} is made by a query: add a column parent_code to it ${how}`.trimEnd();
