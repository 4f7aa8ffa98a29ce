import type { Data } from './tokens.ts';

/** What the notifications of schema `chorograph` say. */
export interface Notice extends Partial<Data> {
  relation: string;
  /** Milliseconds since 1970 at which the transaction raised it. */
  bumpedAt: number | undefined;
}

/** What the data is at, where the notification says all of it. */
export function dataOf({ generation, changes, changedAt }: Notice): Data | undefined {
  if (generation === undefined || changes === undefined || changedAt === undefined) return undefined;
  return { generation, changes, changedAt };
}

/** Undefined for what is not ours. */
export function parsePayload(payload: string): Notice | undefined {
  try {
    const { relation, generation, changes, changedAt, bumpedAt, touched } = JSON.parse(payload) as Record<
      string,
      unknown
    >;
    const at = typeof bumpedAt === 'number' ? bumpedAt : undefined;
    if (typeof touched === 'string') return { relation: touched, bumpedAt: at };
    return typeof relation === 'string' &&
      typeof generation === 'number' &&
      typeof changes === 'number' &&
      typeof changedAt === 'string'
      ? { relation, generation, changes, changedAt, bumpedAt: at }
      : undefined;
  } catch {
    return undefined;
  }
}
