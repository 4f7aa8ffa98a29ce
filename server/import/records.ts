import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { extname } from 'node:path';
import { readCsv, type CsvRow } from './formats/csv.ts';
import { openWorkbook } from './formats/xlsx.ts';
import { ImportError } from './source.ts';
import type { NumberStyle } from './types.ts';

/** Figures as a file has them. */
export interface Records {
  /** The rows as texts, as often as is asked for. */
  readonly read: () => AsyncIterable<CsvRow>;
  /** How numbers are written, where the format leaves no doubt. */
  readonly style?: NumberStyle;
}

/** @throws ImportError */
export async function openRecords(file: string, layer?: string): Promise<Records> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw new ImportError(`there is no file ${file}`);
  const ending = extname(file).toLowerCase();
  if (['.csv', '.tsv', '.txt'].includes(ending)) return { read: () => readCsv(file) };
  if (['.ndjson', '.jsonl'].includes(ending)) return { read: () => readLines(file), style: 'point' };
  if (ending === '.xlsx') return { read: await openWorkbook(file, layer), style: 'point' };
  throw new ImportError(`${file}: figures are read from .csv, .tsv, .txt, .ndjson, .jsonl and .xlsx`);
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
