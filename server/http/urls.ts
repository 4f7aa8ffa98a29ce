import type { Request } from 'express';
import type { Config } from '../config.ts';

/** The base of absolute URLs in answers, without a slash at its end. */
export function baseUrl(config: Config, req: Request): string {
  return config.publicUrl ?? `${req.protocol}://${req.get('host') ?? `localhost:${config.port}`}`;
}

/**
 * Cache-Control of data answers. A URL that names the generation never changes its meaning; any other
 * is asked for again soon, and may be shown meanwhile.
 */
export function cacheControl(versioned: boolean): string {
  return versioned ? 'public, max-age=31536000, immutable' : 'public, max-age=10, stale-while-revalidate=60';
}
