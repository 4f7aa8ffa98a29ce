import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type wkx from 'wkx';
import type { Geometry } from 'geojson';
import { ImportError, type Source, type SourceFeature } from '../source.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const WKT_COLUMNS = ['wkt', 'geom', 'geometry', 'the_geom', 'geometri', 'shape'];
const FIRST_BYTES = 65_536;

export interface CsvRow {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/** Rows of a CSV file with a line of names, whichever of the usual characters parts them. @throws ImportError */
export async function* readCsv(file: string): AsyncGenerator<CsvRow> {
  const { parse } = await import('csv-parse');
  const parser = createReadStream(file).pipe(
    parse({
      delimiter: delimiterOf(await firstLine(file)),
      columns: unique,
      bom: true,
      info: true,
      skip_empty_lines: true,
    }),
  );
  try {
    for await (const entry of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>)
      yield { line: entry.info.lines, values: entry.record };
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('CSV_') !== true) throw error;
    throw new ImportError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A CSV with a column of WKT. @throws ImportError where it has none */
export async function openCsv(file: string): Promise<Source> {
  const first = await readCsv(file).next();
  const columns = first.done ? [] : Object.keys(first.value.values);
  const column = columns.find((name) => WKT_COLUMNS.includes(name.toLowerCase()));
  if (column === undefined)
    throw new ImportError(
      `${file} has no column of WKT (${WKT_COLUMNS.join(', ')}): figures go --into a table`,
    );
  const [, srid] = /^SRID=(\d+);/i.exec(first.done ? '' : (first.value.values[column] ?? '')) ?? [];
  return {
    format: 'CSV with WKT',
    crs: srid === undefined ? undefined : { epsg: Number(srid) },
    features: async function* (): AsyncGenerator<SourceFeature> {
      const { default: library } = await import('wkx');
      for await (const { line, values } of readCsv(file)) {
        const { [column]: text = '', ...properties } = values;
        yield { at: `line ${line}`, properties, geometry: decode(library, text, line) };
      }
    },
  };
}

function decode({ Geometry: parser }: typeof wkx, text: string, line: number): Geometry | null {
  if (text.trim() === '') return null;
  try {
    return parser.parse(text.trim()).toGeoJSON() as Geometry;
  } catch (error) {
    throw new ImportError(`line ${line}: the geometry is not WKT: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @throws ImportError where two columns have one name, or one has none */
export function unique(names: readonly string[]): string[] {
  const trimmed = names.map((name) => name.trim());
  const twice = trimmed.find((name, i) => trimmed.indexOf(name) !== i);
  if (twice !== undefined) throw new ImportError(`two columns are called "${twice}"`);
  return trimmed;
}

async function firstLine(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1)[0] ?? '';
  } finally {
    await handle.close();
  }
}

/** The one that parts the names into the most columns, outside quotes. */
function delimiterOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((each) => bare.split(each).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
