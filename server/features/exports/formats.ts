import type { Column } from '../../catalog/types.ts';
import { csvText, guardedCell, type Cell } from '../../http/answers/csv.ts';
import type { GeometryForm, PageRow } from '../query.ts';
import { featureText, type FeaturesPlan } from '../service.ts';

/** What all rows of a layer can be written as. */
export interface ExportFormat {
  /** As `f=` names it, and the ending of a URL. */
  readonly name: string;
  readonly type: string;
  readonly what: string;
  readonly geometry: (plan: Rows) => GeometryForm;
  readonly head: (plan: Rows) => string;
  /** Rows as text or bytes; `before`: how many came before them. */
  readonly rows: (plan: Rows, rows: readonly PageRow[], before: number) => string | Uint8Array;
  /** Told when all rows were written. */
  readonly tail: string | (() => Uint8Array);
  /** What the rows that were written last weigh in memory, where that is not how much was written. */
  readonly weight?: () => number;
  /** Whether what stands first can only be written when all rows are known, which come as they lie together. */
  readonly isIndexed?: true;
}

type Rows = Pick<FeaturesPlan, 'layer' | 'columns'>;

const asGeoJson = { geometry: (): GeometryForm => 'geojson', head: (): string => '', tail: '' };

/** RFC 8142: begins each text of a sequence. */
const RECORD_SEPARATOR = '\u001e';

export const FORMATS: readonly ExportFormat[] = [
  {
    name: 'csv',
    type: 'text/csv; charset=utf-8',
    what: 'CSV (RFC 4180): points as longitude and latitude, other geometry as WKT',
    geometry: formOf,
    head: (plan) => csvText([headerOf(plan)]),
    rows: (plan, rows) => csvText(rows.map((row) => cellsOf(plan, row))),
    tail: '',
  },
  {
    ...asGeoJson,
    name: 'geojson',
    type: 'application/geo+json; charset=utf-8',
    what: 'one GeoJSON FeatureCollection (RFC 7946)',
    head: () => '{"type":"FeatureCollection","features":[',
    rows: (plan, rows, before) =>
      (before > 0 && rows.length > 0 ? ',\n' : '') + rows.map((row) => featureText(plan, row)).join(',\n'),
    tail: ']}\n',
  },
  {
    ...asGeoJson,
    name: 'ndjson',
    type: 'application/x-ndjson; charset=utf-8',
    what: 'a GeoJSON Feature on each line',
    rows: (plan, rows) => rows.map((row) => `${featureText(plan, row)}\n`).join(''),
  },
  {
    ...asGeoJson,
    name: 'geojsons',
    type: 'application/geo+json-seq; charset=utf-8',
    what: 'GeoJSON text sequence (RFC 8142)',
    rows: (plan, rows) => rows.map((row) => `${RECORD_SEPARATOR}${featureText(plan, row)}\n`).join(''),
  },
  {
    ...asGeoJson,
    name: 'fgb',
    type: 'application/flatgeobuf',
    what: 'FlatGeobuf with a spatial index',
    isIndexed: true,
    rows: () => '', // those of a writer, which is of one export
  },
  {
    name: 'parquet',
    type: 'application/vnd.apache.parquet',
    what: 'GeoParquet 1.1',
    geometry: () => 'wkb',
    head: () => '',
    rows: () => '',
    tail: '',
  },
];

function formOf({ layer }: Rows): GeometryForm {
  return /^POINT/.test(layer.geometry.type) ? 'lonlat' : 'wkt';
}

function headerOf(plan: Rows): string[] {
  const names = plan.columns.map(({ name }) => name);
  const own = formOf(plan) === 'lonlat' ? ['longitude', 'latitude'] : ['wkt'];
  return [...names, ...own.map((name) => unlike(names, name))].map(guardedCell);
}

/** A name that no column has. */
const unlike = (names: readonly string[], name: string): string =>
  names.includes(name) ? unlike(names, `${name}_`) : name;

function cellsOf(plan: Rows, row: PageRow): Cell[] {
  const cells = plan.columns.map((column, i) => cellOf(column, (row[`c${i}`] ?? null) as Cell));
  const place = formOf(plan) === 'lonlat' ? [row.x, row.y] : [row.w];
  return [...cells, ...place.map((value) => (value ?? null) as Cell)];
}

/** What is a number in the database is none that a spreadsheet could run, though it comes as text where it is large. */
function cellOf({ kind }: Column, value: Cell): Cell {
  return kind === 'bigint' || kind === 'integer' || kind === 'number' ? value : guardedCell(value);
}
