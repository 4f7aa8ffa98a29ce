import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { AppError } from '../../errors.ts';
import { isSafe } from './safe-url.ts';
import type { TokenConfig } from './settings.ts';

/** How long the issuer may take, how long its keys are believed, and how often unknown ones may be asked for. */
const PATIENCE_MS = 5_000;
const KEYS_MS = 10 * 60_000;
const REST_MS = 1_000;

/** Tells whether tokens are of the configured issuer, for us, by algorithms with a public key alone, and of this moment. */
export class Issuer {
  readonly #config: TokenConfig;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  /** When the last attempt to find the issuer's keys failed. */
  #failedAt = -Infinity;

  constructor(config: TokenConfig) {
    this.#config = config;
  }

  /** The claims of a token. @throws AppError `token_refused` (401), `tokens_unverifiable` (503) */
  async verify(token: string): Promise<JWTPayload & { readonly sub: string }> {
    const { issuer, audience, algorithms, clockSkewS } = this.#config;
    try {
      const { payload } = await jwtVerify(token, await this.#found(), {
        ...{ issuer, audience: [...audience], algorithms: [...algorithms], clockTolerance: clockSkewS },
        requiredClaims: ['exp', 'sub'],
      });
      if (typeof payload.sub !== 'string') throw new errors.JWTClaimValidationFailed('sub', payload, 'sub');
      return payload as typeof payload & { sub: string };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** Where nobody has found the keys just now they are looked for, at most once a second. */
  #found(): Promise<JWTVerifyGetKey> {
    if (this.#keys) return this.#keys;
    if (performance.now() - this.#failedAt < REST_MS) return Promise.reject(new Error('the issuer is away'));
    const keys = this.#find();
    this.#keys = keys;
    keys.catch(() => {
      this.#keys = undefined;
      this.#failedAt = performance.now();
    });
    return keys;
  }

  async #find(): Promise<JWTVerifyGetKey> {
    const url = this.#config.jwksUrl ?? (await discovered(this.#config.issuer));
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: PATIENCE_MS,
      cooldownDuration: REST_MS,
      cacheMaxAge: KEYS_MS,
    });
  }
}

/** Where the issuer says that its keys are (OpenID Connect Discovery 1.0 §4). */
async function discovered(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const { issuer: said, jwks_uri: keys } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (said !== issuer || typeof keys !== 'string' || !isSafe(keys))
    throw new Error(`${url} does not say where the keys of ${issuer} are`);
  return keys;
}

const BY_CODE: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'it was changed, or signed by somebody else',
  ERR_JOSE_ALG_NOT_ALLOWED: 'it is signed by an algorithm that is not allowed here',
  ERR_JWKS_NO_MATCHING_KEY: 'it is signed with a key that is not the issuer’s',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'it does not say with which key of the issuer it is signed',
  ERR_JWS_INVALID: 'it is no signed token',
  ERR_JWT_INVALID: 'it is no signed token',
  ERR_JOSE_NOT_SUPPORTED: 'it is signed in a way that is not known here',
};

/** What is wrong with a token is told; whatever else went wrong is the issuer's, or ours: then nobody is believed. */
function refusalOf(error: unknown): AppError {
  const code = error instanceof errors.JOSEError ? error.code : '';
  const reason =
    error instanceof errors.JWTClaimValidationFailed
      ? `its ${error.claim} is not the right one`
      : BY_CODE[code];
  const headers = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
  if (reason !== undefined)
    return new AppError('token_refused', { detail: reason }, { cause: error, headers });
  return new AppError('tokens_unverifiable', { retryAfter: 5 }, { cause: error });
}
