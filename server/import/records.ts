import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { extname } from 'node:path';
import { readCsv, type CsvRow } from './formats/csv.ts';
import { ImportError } from './source.ts';

/** Rows of a file of figures, as texts, as often as is asked for. @throws ImportError */
export async function openRecords(file: string): Promise<() => AsyncIterable<CsvRow>> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw new ImportError(`there is no file ${file}`);
  const ending = extname(file).toLowerCase();
  if (['.csv', '.tsv', '.txt'].includes(ending)) return () => readCsv(file);
  if (['.ndjson', '.jsonl'].includes(ending)) return () => readLines(file);
  throw new ImportError(`${file}: figures are read from .csv, .tsv, .txt, .ndjson and .jsonl`);
}

async function* readLines(file: string): AsyncGenerator<CsvRow> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    line++;
    if (text.trim() === '') continue;
    yield { line, values: toTexts(text, line) };
  }
}

function toTexts(text: string, line: number): Record<string, string> {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ImportError(`line ${line} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new ImportError(`line ${line} is not an object of JSON`);
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value as string),
    ]),
  );
}
