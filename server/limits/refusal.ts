import type { Request } from 'express';
import { AppError } from '../errors.ts';
import type { Observe } from '../observe/events.ts';
import type { Standing } from './rate.ts';

export interface LimitEvent {
  type: 'limit.hit';
  class: 'tiles' | 'documents' | 'expensive' | 'write' | 'search' | 'suggest' | 'ask';
  /** `key:ID` or `anonymous`. */
  actor: string;
  /** Keyed hash of the address. */
  address: string;
}

/** What those who refuse requests tell with. */
export interface Telling {
  readonly auditing: { addressOf(req: Request): string };
  readonly observe: Observe<LimitEvent>;
}

/** For whoever counts them and writes them down. */
export function tellRefused(
  { auditing, observe }: Telling,
  of: LimitEvent['class'],
  keyId: string | undefined,
  req: Request,
): void {
  const actor = keyId === undefined ? 'anonymous' : `key:${keyId}`;
  observe({ type: 'limit.hit', class: of, actor, address: auditing.addressOf(req) });
}

/** Where one stands, as draft-ietf-httpapi-ratelimit-headers has it. */
export const limitHeaders = (of: string, { limit, remaining, resetS }: Standing): Record<string, string> => ({
  'RateLimit-Policy': `"${of}";q=${limit};w=60`,
  RateLimit: `"${of}";r=${remaining};t=${resetS}`,
});

/** The 429 of who asked once too often. */
export function refusal(of: string, standing: Standing): AppError {
  const detail = `there are ${standing.limit} ${of} in a minute`;
  const headers = limitHeaders(of, standing);
  return new AppError('too_many_requests', { detail, retryAfter: standing.resetS }, { headers });
}
