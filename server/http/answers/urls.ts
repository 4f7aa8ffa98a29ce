import type { Request } from 'express';
import type { HttpConfig as Config } from '../settings.ts';
import { Representation } from './respond.ts';

/** Stands for the host in documents that are kept for whoever asks; `.invalid` is nobody's (RFC 2606). */
export const ANY_HOST = 'http://any-host.invalid';
/** Anything else in a Host header would end up inside documents. */
const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i;

/** The base of absolute URLs in answers, without a slash at its end. */
export function baseUrl(config: Config, req: Request): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  const host = req.get('host') ?? '';
  const protocol = req.protocol === 'https' ? 'https' : 'http';
  return `${protocol}://${HOST.test(host) ? host : `localhost:${config.port}`}`;
}

/**
 * Cache-Control of data answers. A URL that names the generation never changes its meaning; any other
 * is asked for again soon, and may be shown meanwhile.
 */
export function cacheControl(versioned: boolean): string {
  return versioned ? 'public, max-age=31536000, immutable' : 'public, max-age=10, stale-while-revalidate=60';
}

const namesHost = new WeakMap<Representation, boolean>();

/** A document that was made for `ANY_HOST`, for the host that was asked. */
export function withHost(answer: Representation, base: string): Representation {
  let names = namesHost.get(answer);
  if (names === undefined) namesHost.set(answer, (names = answer.body.includes(ANY_HOST)));
  if (!names) return answer;
  const text = answer.body.toString().replaceAll(ANY_HOST, base);
  return new Representation(Buffer.from(text), answer.type, { headers: answer.headers });
}
