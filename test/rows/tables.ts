import { COLUMN_TYPES, OWN_TYPES, type ColumnType } from './columns.ts';
import {
  DIMENSIONS,
  SYSTEMS,
  TYPES,
  isPossible,
  rowsIn,
  type Dimension,
  type GeometryTypeName,
  type Row,
  type System,
} from './geometries.ts';
import { wkbOf } from './wkb.ts';

/** A table that the generator makes: some columns, and every sample of one geometry column. */
export interface Table {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly sql: string;
}

interface Kind {
  type: GeometryTypeName;
  dimension: Dimension;
  system: System;
}

const ALL: readonly Kind[] = TYPES.flatMap((type) =>
  DIMENSIONS.flatMap((dimension) =>
    SYSTEMS.filter((system) => isPossible(type, system)).map((system) => ({ type, dimension, system })),
  ),
);

const COLUMNS_PER_TABLE = 6;

/** `count` of the tables that there can be, with as many different column types as they have room for. */
export function tablesOf(seed: number, count: number): { setup: string; tables: Table[] } {
  const random = generator(seed);
  const kinds = shuffled(ALL, random).slice(0, count);
  let types: ColumnType[] = [];
  const tables = kinds.map((kind, i) => {
    if (types.length < COLUMNS_PER_TABLE) types = [...types, ...shuffled(COLUMN_TYPES, random)];
    return tableOf(`gen_${i}`, kind, types.splice(0, COLUMNS_PER_TABLE), random);
  });
  return { setup: OWN_TYPES, tables };
}

/** How many tables there can be. */
export const EVERY_TABLE = ALL.length;

function tableOf(name: string, kind: Kind, types: readonly ColumnType[], random: () => number): Table {
  const { type, dimension, system } = kind;
  const rows = rowsIn(type, system);
  const columns = types.map((column, i) => ({ name: `c${i}`, ...column }));
  const geometry =
    system === 'geography'
      ? `geography(${type}${dimension}, 4326)`
      : `geometry(${type}${dimension}${system === '0' ? '' : `, ${system}`})`;
  const values = rows.map((row, i) => {
    const texts = columns.map((column) => value(column.values, i, random));
    return `(${[String(i), placeOf(row, kind), ...texts].join(', ')})`;
  });
  const sql = `create table ${name} (id int primary key, geom ${geometry}, ${columns
    .map((column) => `${column.name} ${column.type}`)
    .join(', ')});
    comment on table ${name} is '${type}${dimension} ${system}: ${columns.map((column) => column.type.replaceAll("'", "''")).join(', ')}';
    insert into ${name} values ${values.join(',\n')};`;
  return { name, rows, columns, sql };
}

/** Each value once, then any of them or NULL. */
function value(values: readonly string[], i: number, random: () => number): string {
  const text = values[i] ?? (random() < 0.2 ? undefined : values[Math.floor(random() * values.length)]);
  if (text === undefined) return 'null';
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

function placeOf({ wkt }: Row, { dimension, system }: Kind): string {
  if (wkt === null) return 'null';
  const binary = `'\\x${wkbOf(wkt, dimension, system)}'::bytea`;
  if (system === 'geography') return `st_setsrid(st_geomfromwkb(${binary}), 4326)::geography`;
  return `st_geomfromwkb(${binary}, ${system})`;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Mulberry32: the same numbers for the same seed. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
