import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signed URL opens. */
export interface Grant {
  /** Id of the key that signed: it sees no more than that key, and ends with it. */
  readonly key: string;
  readonly patterns: readonly string[];
  /** Seconds since 1970. */
  readonly exp: number;
}

const FORM = /^s1\.([\w-]{1,1500})\.([\w-]{43})$/;
const WHEN = /^\d{1,11}$/;

/** `sig` of a grant: what it opens, and an HMAC-SHA256 over that and the time. */
export function sign(secret: Buffer | string, { key, patterns, exp }: Grant): string {
  const payload = Buffer.from(JSON.stringify([key, ...patterns])).toString('base64url');
  return `s1.${payload}.${mac(secret, payload, exp).toString('base64url')}`;
}

/** Parameters of a signed URL, to be added to any. */
export const signedQuery = (sig: string, exp: number): string => `sig=${sig}&exp=${exp}`;

/** Whether parameters are a signature of ours, good or not; else they are somebody's columns. */
export const isSignature = (sig: unknown, exp: unknown): boolean =>
  typeof sig === 'string' && typeof exp === 'string' && FORM.test(sig) && WHEN.test(exp);

/** What a signature opens; undefined where it was not made with this secret, or was changed. Its time is the caller's to look at. */
export function readGrant(secret: Buffer | string, sig: string, exp: string): Grant | undefined {
  const [, payload = '', given = ''] = FORM.exec(sig) ?? [];
  const until = Number(exp);
  const expected = mac(secret, payload, until);
  const bytes = Buffer.from(given, 'base64url');
  // The time as it was signed: `01` is not `1`. And one text for each MAC: the last letter has bits to spare.
  if (bytes.length !== expected.length || String(until) !== exp || !timingSafeEqual(bytes, expected))
    return undefined;
  if (bytes.toString('base64url') !== given) return undefined;
  const [key = '', ...patterns] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as string[];
  return { key, patterns, exp: until };
}

const mac = (secret: Buffer | string, payload: string, exp: number): Buffer =>
  createHmac('sha256', secret).update(`chorograph s1\n${payload}\n${exp}`).digest();
