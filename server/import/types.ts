import type { CsvRow } from './formats/csv.ts';

/** How a file writes its numbers. */
export type NumberStyle = 'point' | 'comma';

export type ColumnType = 'integer' | 'numeric' | 'boolean' | 'date' | 'text';

export interface ColumnGuess {
  /** As the file has it. */
  readonly header: string;
  /** As the table will. */
  readonly name: string;
  readonly type: ColumnType;
  /** Rows without a value. */
  readonly empty: number;
  readonly example: string;
  /** What the person should know: digits that only text keeps. */
  readonly note?: string;
}

const EMPTY = new Set(['', 'NULL', 'null', 'N/A', 'n/a', '-', '–']);
const BOOLEANS = new Map([
  ...['true', 't', 'yes', 'ya'].map((text) => [text, true] as const),
  ...['false', 'f', 'no', 'tidak'].map((text) => [text, false] as const),
]);
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
/** Digits with what may part them: each way is one of writing a number. */
const PLAIN = /^[+-]?\d+$/;
const DECIMAL: Readonly<Record<NumberStyle, RegExp>> = {
  point: /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/,
  comma: /^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?$/,
};
/** Written so in only one of the ways; `1.234` and `1,234` are in both. */
const ONLY: Readonly<Record<NumberStyle, RegExp>> = {
  point: /^[+-]?(\d+\.(\d{1,2}|\d{4,})|\d{4,}\.\d+|0+\.\d+|\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,})$/,
  comma: /^[+-]?(\d+,(\d{1,2}|\d{4,})|\d{4,},\d+|0+,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})$/,
};
/** PostgreSQL's integer of 8 bytes has 18 digits in any case. */
const MOST_DIGITS = 18;

interface Seen {
  empty: number;
  example: string;
  plain: boolean;
  leadingZeros: boolean;
  longest: number;
  boolean: boolean;
  date: boolean;
  point: boolean;
  comma: boolean;
  /** Examples with their lines. */
  onlyPoint: string | undefined;
  onlyComma: string | undefined;
  either: string | undefined;
  /** The first value that is no number, where those before were. */
  odd: string | undefined;
}

/** Learns the types of a file's columns from all of its rows. */
export class TypeGuesser {
  readonly #columns = new Map<string, Seen>();
  rows = 0;

  see({ line, values }: CsvRow): void {
    this.rows++;
    for (const [header, text] of Object.entries(values)) {
      const seen = this.#columns.get(header) ?? fresh();
      this.#columns.set(header, seen);
      look(seen, text.trim(), line);
    }
  }

  /**
   * The way in which the file writes numbers: as its unmistakable ones are.
   * @returns an example where there is none of them, or both ways are there
   */
  style(): NumberStyle | { readonly unclear: string } {
    const numeric = [...this.#columns.values()].filter((seen) => !seen.plain && (seen.point || seen.comma));
    const point = numeric.find((seen) => seen.point && seen.onlyPoint !== undefined)?.onlyPoint;
    const comma = numeric.find((seen) => seen.comma && seen.onlyComma !== undefined)?.onlyComma;
    if (point !== undefined && comma !== undefined) return { unclear: `${point} and ${comma}` };
    if (comma !== undefined) return 'comma';
    const either = numeric.find((seen) => seen.either !== undefined)?.either;
    return point !== undefined || either === undefined ? 'point' : { unclear: either };
  }

  guesses(style: NumberStyle): ColumnGuess[] {
    const names = new Set<string>();
    return [...this.#columns].map(([header, seen]) => {
      const { type, note } = typeOf(seen, style);
      return {
        header,
        name: columnName(header, names),
        type,
        empty: seen.empty,
        example: seen.example,
        ...(note !== undefined && { note }),
      };
    });
  }
}

const fresh = (): Seen => ({
  ...{ empty: 0, example: '', plain: true, leadingZeros: false, longest: 0 },
  ...{ boolean: true, date: true, point: true, comma: true },
  ...{ onlyPoint: undefined, onlyComma: undefined, either: undefined, odd: undefined },
});

function look(seen: Seen, text: string, line: number): void {
  if (EMPTY.has(text)) return void seen.empty++;
  const placed = `${text} (line ${line})`;
  const wereNumbers = seen.example !== '' && (seen.point || seen.comma);
  if (seen.example === '') seen.example = text;
  seen.plain &&= PLAIN.test(text);
  seen.leadingZeros ||= /^0\d/.test(text);
  seen.longest = Math.max(seen.longest, text.replace(/\D/g, '').length);
  seen.boolean &&= BOOLEANS.has(text.toLowerCase());
  seen.date &&= DATE.test(text);
  seen.point &&= DECIMAL.point.test(text);
  seen.comma &&= DECIMAL.comma.test(text);
  if (wereNumbers && !seen.point && !seen.comma) seen.odd = placed;
  if (ONLY.point.test(text)) seen.onlyPoint ??= placed;
  else if (ONLY.comma.test(text)) seen.onlyComma ??= placed;
  else if (/[.,]/.test(text)) seen.either ??= placed;
}

function typeOf(seen: Seen, style: NumberStyle): { type: ColumnType; note?: string } {
  if (seen.example === '') return { type: 'text', note: 'no value in any row' };
  if (seen.boolean) return { type: 'boolean' };
  if (seen.date) return { type: 'date' };
  if (!seen[style]) return { type: 'text', ...(seen.odd !== undefined && { note: `text for ${seen.odd}` }) };
  // A code: a number would lose its zeros.
  if (seen.leadingZeros && seen.plain) return { type: 'text', note: 'zeros in front are kept' };
  if (seen.plain && seen.longest <= MOST_DIGITS) return { type: 'integer' };
  return { type: 'numeric' };
}

/** What a text is to PostgreSQL, as text; null where it stands for nothing. */
export function valueOf(text: string, type: ColumnType, style: NumberStyle): string | boolean | null {
  const bare = text.trim();
  if (EMPTY.has(bare)) return null;
  if (type === 'boolean') return BOOLEANS.get(bare.toLowerCase()) ?? null;
  if (type === 'text' || type === 'date') return bare;
  return style === 'point' ? bare.replaceAll(',', '') : bare.replaceAll('.', '').replace(',', '.');
}

/** `Jumlah Santri (orang)` → `jumlah_santri_orang`. */
function columnName(header: string, taken: Set<string>): string {
  const plain = header
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/%/g, ' pct ')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
    .slice(0, 50);
  const base = plain === '' ? 'column' : /^\d/.test(plain) ? `c_${plain}` : plain;
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}_${i}`;
  taken.add(name);
  return name;
}
