/** Pure: what is known of the attributes of a layer, from the server or from the features that are drawn. */

export interface ColumnStatistics {
  present: number;
  missing: number;
  distinct?: number;
  min?: number | null;
  max?: number | null;
  mean?: number | null;
  /** 101 of them, ascending. */
  percentiles?: readonly number[];
  values?: readonly { value: string | boolean; rows: number }[];
}

export interface Field {
  name: string;
  /** PostgreSQL's name of the type; of what only tiles have, theirs. */
  type: string;
  isNumeric: boolean;
  description: string | undefined;
  /** Undefined until somebody looked. */
  statistics: ColumnStatistics | undefined;
  /** Whether features of tiles have it, so that the map can be coloured by it. */
  isInTiles: boolean;
}

/** `stats.json` of a layer. */
export interface LayerStatistics {
  rows: number;
  sampled: boolean;
  /** The column that is the id of features in tiles, and no attribute of theirs. */
  key?: string;
  columns: (ColumnStatistics & { name: string; type: string; kind: string; description?: string })[];
}

/** Fields of a vector layer, as TileJSON tells them. */
export type TileFields = Readonly<Record<string, string>>;

const NUMERIC_KINDS = ['integer', 'bigint', 'number'];

/** Columns of the table first, then what only tiles have, such as the counts of cells. */
export function fieldsOf(tiles: TileFields, statistics: LayerStatistics | undefined): Field[] {
  const columns = (statistics?.columns ?? []).map((column): Field => {
    const { name, type, kind, description } = column;
    return {
      name,
      type,
      isNumeric: NUMERIC_KINDS.includes(kind),
      description,
      statistics: column,
      isInTiles: Object.hasOwn(tiles, name) || name === statistics?.key,
    };
  });
  const others = Object.entries(tiles)
    .filter(([name]) => !columns.some((column) => column.name === name))
    .map(([name, type]): Field => {
      const isNumeric = type === 'Number';
      return { name, type, isNumeric, description: undefined, statistics: undefined, isInTiles: true };
    });
  return [...columns, ...others];
}

/** Fields of which the map shows other figures than the table has, as sums in cells: they are known from what is drawn. */
export const asDrawn = (fields: readonly Field[]): Field[] =>
  fields.map((field) => (field.isInTiles ? { ...field, statistics: undefined } : field));

/** How many points a cell has: a number as TileJSON writes it, which no column is. */
const CELL_COUNT = 'count';

/** Columns that number things rather than measure them. */
const NUMBERING = /(^|_)(id|gid|fid|oid|objectid|code|kode|fips|zip|year|tahun)$/i;
const FEW = 12;

/** What a layer is most telling by: the first measure, else the first grouping. */
export function bestField(fields: readonly Field[]): Field | undefined {
  const telling = fields.filter(({ isInTiles, name }) => isInTiles && !NUMBERING.test(name));
  const distinct = ({ statistics }: Field): number => statistics?.distinct ?? 0;
  return (
    telling.find(({ name, type }) => name === CELL_COUNT && type === 'Number') ??
    telling.find((field) => field.isNumeric && distinct(field) > 4) ??
    telling.find((field) => !field.isNumeric && distinct(field) > 1 && distinct(field) <= FEW)
  );
}

/** The same as the server tells, of the features that are drawn: of layers that no table stands behind. */
export function statisticsOf(
  name: string,
  features: readonly Readonly<Record<string, unknown>>[],
): ColumnStatistics {
  const values = features
    .map((feature) => feature[name])
    .filter((value) => value !== undefined && value !== null);
  const counted = { present: values.length, missing: features.length - values.length };
  const distinct = new Set(values).size;
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  if (numbers.length > 0) {
    const at = (share: number): number => numbers[Math.max(0, Math.ceil(share * numbers.length) - 1)] ?? NaN;
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const percentiles = Array.from({ length: 101 }, (_, i) => at(i / 100));
    return { ...counted, distinct, min: numbers[0] ?? null, max: numbers.at(-1) ?? null, mean, percentiles };
  }
  const rows = new Map<string, number>();
  for (const value of values) rows.set(String(value), (rows.get(String(value)) ?? 0) + 1);
  const frequent = [...rows].sort((a, b) => b[1] - a[1]).slice(0, 20);
  return { ...counted, distinct, values: frequent.map(([value, count]) => ({ value, rows: count })) };
}
