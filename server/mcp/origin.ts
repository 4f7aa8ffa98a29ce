import { AppError } from '../errors.ts';
import type { HttpConfig } from '../http/settings.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether pages of an origin may ask, as the protocol demands it to be checked: else any page that somebody opens could
 * reach a server of their own network, under a name that it made to mean that (DNS rebinding). `*` names no origin.
 *
 * @param origin header of the request; undefined where no page asks
 * @throws AppError `origin_refused` (403)
 */
export function checkOrigin(
  origin: string | undefined,
  { corsOrigins, publicUrl }: Pick<HttpConfig, 'corsOrigins' | 'publicUrl'>,
): void {
  if (origin === undefined) return;
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  if (origin === own || corsOrigins.includes(origin)) return;
  if (own === undefined && URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname)) return;
  throw new AppError('origin_refused', { detail: 'this origin is not named in CHOROGRAPH_CORS_ORIGINS' });
}
