import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { TEXTS } from '../texts.ts';

export type Column = keyof typeof TEXTS.columns;

/** What the rows are ordered by. */
export interface Order {
  column: Column;
  isDescending: boolean;
}

/** What the rows are limited to: words of their names, one class, one status. */
export interface Limits {
  words: string;
  classId: number | undefined;
  status: string | undefined;
}

/** The columns that an answer has something for, in their order. */
export function columnsOf({ second, classes, regions }: Answer): Column[] {
  const isRatio = regions.some(({ denominator }) => denominator !== null);
  const has: Record<Column, boolean> = {
    name: true,
    value: true,
    second: second !== undefined,
    difference: regions.some(({ difference }) => difference !== undefined),
    class: classes.length > 0,
    rank: second === undefined,
    numerator: isRatio && second === undefined,
    denominator: isRatio && second === undefined,
    status: true,
    code: true,
  };
  return (Object.keys(TEXTS.columns) as Column[]).filter((column) => has[column]);
}

export function findRows({ regions }: Answer, { words, classId, status }: Limits): Region[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  return regions.filter((region) => {
    if (classId !== undefined && region.class !== classId) return false;
    if (status !== undefined && region.status !== status) return false;
    if (wanted.length === 0) return true;
    const text = fold(`${region.name} ${region.parent ?? ''} ${region.code}`);
    return wanted.every((word) => text.includes(word));
  });
}

/** What has no value comes last whichever way the rows are ordered; equals go by name. */
export function sortRows(rows: Region[], { column, isDescending }: Order): Region[] {
  const direction = isDescending ? -1 : 1;
  const { compare } = new Intl.Collator(TEXTS.locale);
  const byName = (a: Region, b: Region): number =>
    compare(a.name, b.name) || compare(a.parent ?? '', b.parent ?? '');
  if (column === 'name') return rows.sort((a, b) => direction * byName(a, b));
  return rows.sort((a, b) => {
    const [left, right] = [a[column] ?? null, b[column] ?? null];
    if (left === null || right === null)
      return Number(left === null) - Number(right === null) || byName(a, b);
    const difference =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : compare(String(left), String(right));
    return direction * difference || byName(a, b);
  });
}

/** Text as it is searched: without case and accents. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}
