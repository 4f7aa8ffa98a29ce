import { readFile, stat } from 'node:fs/promises';
import type { Sheet } from 'read-excel-file/node';
import { choose, ImportError } from '../source.ts';
import { unique, type CsvRow } from './csv.ts';

/** A workbook is unpacked in memory. */
const MOST_BYTES = 50_000_000;

/**
 * Rows of a sheet, as texts; its first row that is not empty has the names. Numbers have a decimal point, dates are
 * as ISO 8601 has them. @throws ImportError
 */
export async function openWorkbook(
  file: string,
  layer: string | undefined,
): Promise<() => AsyncIterable<CsvRow>> {
  if ((await stat(file)).size > MOST_BYTES)
    throw new ImportError(`${file} is too large for a workbook; save it as CSV`);
  const sheets = await sheetsOf(file);
  const names = sheets.map(({ sheet }) => sheet);
  const data = sheets[names.indexOf(choose(names, layer, 'sheet'))]?.data ?? [];
  const first = data.findIndex((cells) => cells.some((cell) => textOf(cell) !== ''));
  const headers = unique((data[first] ?? []).map(textOf));
  const unnamed = headers.indexOf('');
  if (unnamed >= 0) throw new ImportError(`line ${first + 1}: column ${unnamed + 1} has no name`);
  return async function* () {
    for (const [i, cells] of data.entries()) {
      if (i <= first || cells.every((cell) => textOf(cell) === '')) continue;
      yield {
        line: i + 1,
        values: Object.fromEntries(headers.map((name, column) => [name, textOf(cells[column])])),
      };
    }
  };
}

async function sheetsOf(file: string): Promise<Sheet[]> {
  try {
    const { default: readWorkbook } = await import('read-excel-file/node');
    return await readWorkbook(await readFile(file));
  } catch (error) {
    throw new ImportError(`${file} is not a workbook that can be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString().replace(/T00:00:00\.000Z$/, '');
  return String(cell as string | number | boolean).trim();
}
