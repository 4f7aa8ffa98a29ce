import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Column, ValueKind } from '../../catalog/types.ts';
import type { PageRow } from '../query.ts';
import type { FeaturesPlan } from '../service.ts';
import { WkbSummary } from './wkb-summary.ts';

/** Rows, and bytes of texts and geometries, that a row group has: they are in memory together. */
const GROUP_ROWS = 20_000;
const GROUP_BYTES = 16_000_000;
/** Bytes that a value takes at least, by estimate. */
const VALUE_BYTES = 16;
const DAY_MS = 86_400_000;

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Rows = Pick<FeaturesPlan, 'layer' | 'columns'>;
type Value = string | number | bigint | boolean | Uint8Array | null;

/** A column as the file has it. Types are those of the catalogue, whatever the first rows hold. */
interface Written {
  readonly element: Partial<SchemaElement>;
  readonly valueOf: (value: unknown) => Value;
}

const instant = (isAdjustedToUTC: boolean): Written => ({
  element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' } },
  valueOf: (value) => timeOf(value, (ms) => BigInt(ms) * 1000n),
});

const KINDS: Readonly<Record<ValueKind, Written>> = {
  boolean: { element: { type: 'BOOLEAN' }, valueOf: (value) => value as boolean },
  integer: { element: { type: 'INT32' }, valueOf: (value) => Number(value) },
  bigint: { element: { type: 'INT64' }, valueOf: (value) => BigInt(value as string | number) },
  number: { element: { type: 'DOUBLE' }, valueOf: (value) => Number(value) },
  date: {
    element: { type: 'INT32', converted_type: 'DATE' },
    valueOf: (value) => timeOf(value, (ms) => Math.floor(ms / DAY_MS)),
  },
  timestamp: instant(false),
  timestamptz: instant(true),
  text: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, valueOf: textOf },
  json: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, valueOf: textOf },
};

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Year, month and day, and the time with its zone, as PostgreSQL's JSON has them; years before 1 with a minus. */
const MOMENT = /^(-?)(\d{4,6})-(\d\d-\d\d)(?:[T ]([\d:.]+)(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** What has no place in the file, such as infinity, is null. A time without a zone is told as if it were in UTC. */
function timeOf(value: unknown, make: (ms: number) => Value): Value {
  const [, minus, year = '', day, time = '00:00:00', zone = 'Z'] = MOMENT.exec(String(value)) ?? [];
  if (day === undefined) return null;
  // JavaScript guesses at years of other than four digits unless they have a sign and six.
  const isPlain = minus === '' && year.length === 4;
  const ms = Date.parse(
    `${isPlain ? year : `${minus || '+'}${year.padStart(6, '0')}`}-${day}T${time}${zone}`,
  );
  return Number.isFinite(ms) ? make(ms) : null;
}

/**
 * Writes rows as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0): geometries as WKB in longitude and latitude, row group
 * after row group, and last what the file holds.
 */
export class GeoParquetWriter {
  readonly #columns: readonly (Written & { readonly name: string })[];
  readonly #geometry: string;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  readonly #summary = new WkbSummary();
  readonly #kvMetadata: { key: string; value?: string }[] = [];
  /** By column, the geometry last. */
  #values: Value[][];
  #weight = 0;
  #lastWeight = 0;

  constructor({ columns }: Rows) {
    this.#columns = columns.map(({ name, kind }: Column) => ({ name, ...KINDS[kind] }));
    this.#geometry = unlike(
      columns.map(({ name }) => name),
      'geometry',
    );
    this.#values = this.#none();
    const optional = (name: string, element: Partial<SchemaElement>): SchemaElement => ({
      name,
      repetition_type: 'OPTIONAL',
      ...element,
    });
    const schema = [
      { name: 'schema', num_children: columns.length + 1 },
      ...this.#columns.map(({ name, element }) => optional(name, element)),
      optional(this.#geometry, { type: 'BYTE_ARRAY' }),
    ];
    const kvMetadata = this.#kvMetadata;
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, kvMetadata, createdBy: 'Chorograph' });
  }

  /** Bytes that are finished when these rows are there: often none. */
  add(rows: readonly PageRow[]): Uint8Array {
    const before = this.#weight;
    for (const row of rows) this.#row(row);
    this.#lastWeight = this.#weight - before;
    const isFull = this.#weight >= GROUP_BYTES || (this.#values[0]?.length ?? 0) >= GROUP_ROWS;
    if (isFull) this.#writeGroup();
    return this.#taken();
  }

  /** What the rows that came last weigh, in bytes. */
  get lastWeight(): number {
    return this.#lastWeight;
  }

  /** The last row group, and the end of the file. */
  end(): Uint8Array {
    this.#writeGroup();
    const { types, bounds } = this.#summary;
    const column = { encoding: 'WKB', geometry_types: types, ...(bounds ? { bbox: bounds } : {}) };
    const geo = {
      version: '1.1.0',
      primary_column: this.#geometry,
      columns: { [this.#geometry]: column },
    };
    this.#kvMetadata.push({ key: 'geo', value: JSON.stringify(geo) });
    void this.#writer.finish();
    return this.#taken();
  }

  #none = (): Value[][] => Array.from({ length: this.#columns.length + 1 }, () => []);

  #row(row: PageRow): void {
    this.#columns.forEach(({ valueOf }, i) => {
      const value = row[`c${i}`] ?? null;
      const written = value === null ? null : valueOf(value);
      this.#weight += VALUE_BYTES + (typeof written === 'string' ? written.length : 0);
      this.#values[i]!.push(written);
    });
    const wkb = (row.b ?? null) as Uint8Array | null;
    if (wkb) this.#summary.add(wkb);
    this.#weight += VALUE_BYTES + (wkb?.length ?? 0);
    this.#values[this.#columns.length]!.push(wkb);
  }

  #writeGroup(): void {
    const names = [...this.#columns.map(({ name }) => name), this.#geometry];
    const count = this.#values[0]?.length ?? 0;
    if (count === 0) return;
    // What the smallest and the largest geometry are as bytes helps nobody.
    const columnData = names.map((name, i) => ({
      name,
      data: this.#values[i]!,
      statistics: name !== this.#geometry,
    }));
    void this.#writer.write({ columnData, rowGroupSize: count });
    this.#values = this.#none();
    this.#weight = 0;
  }

  /** What was written so far, which is then somebody else's. */
  #taken(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

const unlike = (names: readonly string[], name: string): string =>
  names.includes(name) ? unlike(names, `${name}_`) : name;
