import { invalidParameter } from '../../errors.ts';

/** The cursor of pages that are cut by count: how many features are before it. */
export const encodeOffset = (offset: number): string =>
  Buffer.from(JSON.stringify([String(offset)])).toString('base64url');

/** @throws AppError `invalid_parameter` */
export function decodeOffset(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, digits] = /^\["(\d{1,9})"\]$/.exec(text) ?? [];
  if (digits === undefined)
    throw invalidParameter('cursor', cursor, 'a cursor from the next link of this collection');
  return Number(digits);
}
