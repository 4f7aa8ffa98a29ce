import { AppError } from '../errors.ts';
import type { Standing } from './rate.ts';

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
