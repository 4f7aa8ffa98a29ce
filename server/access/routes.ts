import { z } from 'zod';
import { AppError } from '../errors.ts';
import { route, type Route } from '../http/routes.ts';
import type { Observe } from '../observe/events.ts';
import type { ApiKeys } from '../security/public.ts';
import { PATTERN } from '../sight/access.ts';
import type { SigningSecret } from './secret.ts';
import { sign, signedQuery } from './signature.ts';

/** For whoever writes down what was done. */
export interface SignatureEvent {
  type: 'signature.made';
  /** Id of the key. */
  key: string;
  patterns: readonly string[];
  expiresAt: string;
}

export interface SignaturesContext {
  readonly keys: Pick<ApiKeys, 'requireAny' | 'identify'>;
  readonly signingSecret: SigningSecret;
  readonly observe: Observe<SignatureEvent>;
}

export const LONGEST_S = 31 * 86_400;
const PATTERNS = 'names of layers or choropleth/ID, with * for any characters';
const SECONDS = `a whole number from 1 to ${LONGEST_S}`;

const body = z.object({
  patterns: z
    .array(z.string().regex(PATTERN, PATTERNS), { error: PATTERNS })
    .min(1, 'one at least')
    .max(10, 'ten at most')
    .meta({ description: 'What it opens, as far as the key does', example: ['staff-*', 'choropleth/staff'] }),
  seconds: z
    .int(SECONDS)
    .min(1, SECONDS)
    .max(LONGEST_S, SECONDS)
    .default(3600)
    .meta({ description: 'How long it is good for', example: 3600 }),
});

export function signatureRoutes({ keys, signingSecret, observe }: SignaturesContext): Route[] {
  return [
    route({
      method: 'post',
      path: '/signatures',
      tag: 'access',
      summary: 'Signs URLs for maps: parameters that open layers without a key in the page',
      body,
      access: keys.requireAny(),
      responses: {
        200: {
          description: 'Parameters to add to URLs',
          content: { 'application/json': { type: 'object' } },
        },
      },
      handle: async ({ body: { patterns, seconds } }, res, req) => {
        const { id: key, isToken } = (await keys.identify(req))!;
        // A signature ends with what signed it, and of tokens nothing is kept that could tell.
        if (isToken)
          throw new AppError('forbidden', { detail: 'URLs are signed with a key, not with a token' });
        const exp = Math.floor(Date.now() / 1000) + seconds;
        const sig = sign(await signingSecret.get(), { key, patterns, exp });
        const expiresAt = new Date(exp * 1000).toISOString();
        observe({ type: 'signature.made', key, patterns, expiresAt });
        res.setHeader('Cache-Control', 'no-store');
        res.json({ sig, exp, query: signedQuery(sig, exp), patterns, expiresAt });
      },
    }),
  ];
}
