import { z } from 'zod';
import { integer, list } from '../../settings.ts';
import { isSafe } from './safe-url.ts';

/** Signatures that a public key verifies: with a shared secret, whoever can verify could also sign. */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const URL_WANTED = 'an https:// URL, or one of this machine';

export const tokenEnvironment = {
  CHOROGRAPH_JWT_ISSUER: z.string().refine(isSafe, URL_WANTED).optional(),
  CHOROGRAPH_JWT_AUDIENCE: list.refine((all) => all.length > 0, 'names with commas between them').optional(),
  CHOROGRAPH_JWT_JWKS_URL: z.string().refine(isSafe, URL_WANTED).optional(),
  CHOROGRAPH_JWT_ALGORITHMS: list
    .refine(
      (all) => all.length > 0 && all.every((one) => ALGORITHMS.includes(one)),
      `of ${ALGORITHMS.join(', ')}`,
    )
    .default(['RS256', 'ES256', 'EdDSA']),
  CHOROGRAPH_JWT_CLOCK_SKEW_S: integer(0, 300).default(30),
};

export interface TokenConfig {
  readonly issuer: string;
  /** For whom a token must be: for us. */
  readonly audience: readonly string[];
  /** Where the issuer's keys are; as it says itself where absent. */
  readonly jwksUrl: string | undefined;
  readonly algorithms: readonly string[];
  readonly clockSkewS: number;
}

/** An issuer without an audience would let in tokens that were made for somebody else. */
export function checkTokens(environment: Readonly<Record<string, string | undefined>>): string[] {
  const has = (name: keyof typeof tokenEnvironment): boolean => environment[name] !== undefined;
  if (has('CHOROGRAPH_JWT_ISSUER'))
    return has('CHOROGRAPH_JWT_AUDIENCE') ? [] : ['CHOROGRAPH_JWT_ISSUER needs CHOROGRAPH_JWT_AUDIENCE'];
  // Those that have a default say nothing by themselves.
  return (['CHOROGRAPH_JWT_AUDIENCE', 'CHOROGRAPH_JWT_JWKS_URL'] as const)
    .filter(has)
    .map((name) => `${name} needs CHOROGRAPH_JWT_ISSUER`);
}

export function readTokens(env: z.output<z.ZodObject<typeof tokenEnvironment>>): TokenConfig | undefined {
  const { CHOROGRAPH_JWT_ISSUER: issuer, CHOROGRAPH_JWT_AUDIENCE: audience = [] } = env;
  if (issuer === undefined) return undefined;
  return {
    ...{ issuer, audience, jwksUrl: env.CHOROGRAPH_JWT_JWKS_URL },
    ...{ algorithms: env.CHOROGRAPH_JWT_ALGORITHMS, clockSkewS: env.CHOROGRAPH_JWT_CLOCK_SKEW_S },
  };
}
