import { invalidParameter } from '../../errors.ts';
import type { Place } from './query.ts';

const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (critical|ordinary) (\d{1,15})$/;

/** Where a page ends, as the next one is asked for. */
export const cursorOf = ({ at, chain, seq }: Place): string =>
  Buffer.from(`${at} ${chain} ${seq}`).toString('base64url');

/** @throws AppError `invalid_parameter` */
export function placeOf(cursor: string): Place {
  const [, at, chain, seq] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  // A day that does not exist is none of ours.
  if (at === undefined || chain === undefined || Number.isNaN(Date.parse(at))) {
    throw invalidParameter('cursor', cursor, '`next` of a page');
  }
  return { at, chain, seq: Number(seq) };
}
