import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { AppError, invalidParameter } from '../../errors.ts';

const KEY = /^"?([\x21\x23-\x7e]{1,200})"?$/;
/** Those that have had their day and are removed by whoever comes next. */
const MOST_REMOVED = 1_000;

/** The `Idempotency-Key` of a request; undefined where it has none. @throws AppError `invalid_parameter` */
export function idempotencyKey(req: Request): string | undefined {
  const given = req.headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = typeof given === 'string' ? KEY.exec(given.trim())?.[1] : undefined;
  if (key === undefined)
    throw invalidParameter(
      'Idempotency-Key',
      given,
      '1 to 200 characters of ASCII, without blanks and quotes',
    );
  return key;
}

export const digest = (...parts: readonly unknown[]): Buffer =>
  createHash('sha256').update(JSON.stringify(parts)).digest();

export interface Asker {
  readonly actor: string;
  readonly key: string;
  readonly request: Buffer;
}

/**
 * Begins a request that is done once: what it was answered before; undefined where it is to be done, and nobody else does it
 * until this transaction ends.
 * @throws AppError `idempotency_mismatch` (422) where the key was used for another request
 */
export async function answeredBefore(
  tx: Queryable,
  { actor, key, request }: Asker,
): Promise<object | undefined> {
  await tx.run(sql`delete from chorograph.edit_answer where (actor, idempotency_key) in (
    select actor, idempotency_key from chorograph.edit_answer where at < now() - interval '1 day'
    limit ${MOST_REMOVED} for update skip locked)`);
  const [mine] = await tx.run(sql`
    insert into chorograph.edit_answer (actor, idempotency_key, request) values (${actor}, ${key}, ${request})
    on conflict do nothing returning 1 as one`);
  if (mine) return undefined;
  const [before] = await tx.run<{ request: Buffer; answer: object }>(
    sql`select request, answer from chorograph.edit_answer where actor = ${actor} and idempotency_key = ${key}`,
  );
  if (!before?.request.equals(request))
    throw new AppError('idempotency_mismatch', { detail: 'another request needs another Idempotency-Key' });
  return before.answer;
}

/** Keeps what it was answered, as part of what was done. */
export async function keepAnswer(tx: Queryable, { actor, key }: Asker, answer: object): Promise<void> {
  await tx.run(sql`update chorograph.edit_answer set answer = ${JSON.stringify(answer)}::json
    where actor = ${actor} and idempotency_key = ${key}`);
}
