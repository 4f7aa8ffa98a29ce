import type { TableLayer } from '../catalog/types.ts';
import { ident, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { countValues, mayBeCode, MOST_VALUES, readValues } from './facts.ts';
import { matchesOf, type Match, type Values } from './matches.ts';
import { isCodeName, isSurrogateName, nameScore } from './names.ts';
import { from, fullName, LOOKING, type Relation } from './relations.ts';

/** A table of polygons that a column tells apart. */
export interface RegionTable {
  readonly relation: Relation;
  readonly layer: TableLayer;
  readonly rows: number;
  /** Columns that tell its rows apart, with their values. */
  readonly codes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Columns with texts, those that are called so first. */
  readonly names: readonly string[];
}

/** One whose code is settled. */
export interface Regions extends RegionTable {
  /** The column with what people call them. */
  readonly name: string;
  readonly code: string;
  readonly values: ReadonlySet<string>;
  readonly why: string;
}

/** Polygons without a column that tells them apart, and why they are left out. */
export interface LeftOut {
  readonly relation: Relation;
  readonly why: string;
  readonly remedy?: string;
}

/** Region tables among the layers of a database. */
export async function findRegionTables(
  db: Queryable,
  layers: readonly TableLayer[],
  relations: readonly Relation[],
): Promise<{ tables: RegionTable[]; leftOut: LeftOut[] }> {
  const tables: RegionTable[] = [];
  const leftOut: LeftOut[] = [];
  for (const layer of layers) {
    const relation = relations.find((one) => one.schema === layer.schema && one.name === layer.name);
    if (!relation || !layer.geometry.isFirst || !(await arePolygons(db, layer))) continue;
    const found = await regionTable(db, relation, layer);
    if ('why' in found) leftOut.push(found);
    else tables.push(found);
  }
  return { tables, leftOut };
}

async function arePolygons(db: Queryable, layer: TableLayer): Promise<boolean> {
  const { type, column, isGeography } = layer.geometry;
  if (type !== 'GEOMETRY') return /^(MULTI)?POLYGON/.test(type);
  const geometry = isGeography ? sql`${ident(column)}::geometry` : ident(column);
  const [row] = await db.run<{ polygons: number; others: number }>(
    sql`select count(*) filter (where geometrytype(g) ~ '^(MULTI)?POLYGON')::int as polygons,
        count(*) filter (where geometrytype(g) !~ '^(MULTI)?POLYGON')::int as others
      from (select ${geometry} as g from ${ident(layer.schema, layer.name)} where ${ident(column)} is not null limit 200) t`,
    LOOKING,
  );
  return row !== undefined && row.polygons > 0 && row.others === 0;
}

async function regionTable(
  db: Queryable,
  relation: Relation,
  layer: TableLayer,
): Promise<RegionTable | LeftOut> {
  const columns = relation.columns.filter(mayBeCode);
  const [size] = await db.run<{ rows: number }>(
    sql`select count(*)::int as rows from (select 1 from ${from(relation)} limit ${MOST_VALUES + 1}) t`,
    LOOKING,
  );
  if ((size?.rows ?? 0) > MOST_VALUES)
    return { relation, why: `more than ${MOST_VALUES} polygons: hardly administrative regions` };
  const { rows, counts } = await countValues(db, relation, columns);
  if (rows < 2) return { relation, why: `${rows} rows: there is nothing to compare` };
  const unique = columns.filter(({ name }) => counts.get(name)!.distinct === rows);
  const codes = new Map<string, ReadonlySet<string>>();
  for (const { name } of unique) {
    const values = await readValues(db, relation, name);
    if (values) codes.set(name, values);
  }
  if (codes.size === 0)
    return {
      relation,
      why: 'no column tells its rows apart',
      ...(columns.length > 1 && { remedy: madeUpCode(relation, columns) }),
    };
  const texts = relation.columns.filter(({ category }) => category === 'S').map(({ name }) => name);
  const distinct = (name: string): number => counts.get(name)?.distinct ?? 0;
  const names = texts.sort((a, b) => nameScore(b) - nameScore(a) || distinct(b) - distinct(a));
  return { relation, layer, rows, codes, names };
}

/** Of columns that tell rows apart together, as names below names do, a code can be made. */
const madeUpCode = (relation: Relation, columns: readonly { name: string; category: string }[]): string => {
  const parts = columns
    .filter(({ category }) => category === 'S')
    .map(({ name }) => `coalesce(${ident(name).text}, '')`);
  return parts.length < 2 || !'rp'.includes(relation.kind)
    ? `-- give ${fullName(relation)} a column with a code`
    : `alter table ${from(relation).text} add column code text generated always as (${parts.join(" || '/' || ")}) stored;`;
};

/**
 * Which of the columns that tell regions apart is their code: the one that other tables use, and where none does,
 * the one that is called so.
 */
export function chooseCode(table: RegionTable, values: readonly Values[]): Regions {
  const ranked = [...table.codes]
    .map(([code, known]) => ({ code, known, uses: usesOf(table, code, values) }))
    .map((one) => ({ ...one, share: one.uses.reduce((sum, use) => sum + use.regions / table.rows, 0) }))
    .sort((a, b) => b.share - a.share || codeScore(b.code) - codeScore(a.code));
  const { code, known, uses } = ranked[0]!;
  const users = [...new Set(uses.map(({ relation }) => fullName(relation)))];
  const why =
    users.length > 0
      ? `each of the ${table.rows} rows has another one, and ${users.slice(0, 3).join(', ')}${users.length > 3 ? ', …' : ''} ${users.length > 1 ? 'use' : 'uses'} it`
      : `each of the ${table.rows} rows has another one; no other table uses it`;
  return { ...table, code, name: nameOf(table, code), values: known, why };
}

/** The same regions by their other codes: some tables may use those. */
export const otherCodes = (regions: Regions): Regions[] =>
  [...regions.codes]
    .filter(([code]) => code !== regions.code)
    .map(([code, values]) => ({
      ...regions,
      ...{ code, values, name: nameOf(regions, code) },
      why: `each of the ${regions.rows} rows has another one, and other tables than those of ${regions.code} use it`,
    }));

/** A code stands for a name only where it is called one. */
function nameOf({ names }: RegionTable, code: string): string {
  const [best = code, next = code] = names;
  return best === code && nameScore(code) === 0 ? next : best;
}

const codeScore = (name: string): number =>
  (isSurrogateName(name) ? -2 : 0) + (isCodeName(name) ? 2 : 0) - (nameScore(name) > 0 ? 1 : 0);

/** Of each other relation the column that names most of the regions. */
function usesOf(table: RegionTable, code: string, values: readonly Values[]): Match[] {
  const others = values.filter(({ relation }) => relation !== table.relation);
  const best = new Map<Relation, Match>();
  for (const match of matchesOf({ ...table, code, values: table.codes.get(code)! }, others)) {
    if (match.regions > (best.get(match.relation)?.regions ?? 0)) best.set(match.relation, match);
  }
  return [...best.values()];
}
