import { createHash } from 'node:crypto';
import type { RowRole } from '../../sight/sight.ts';
import type { Scope } from '../scopes.ts';
import { rowRoleOf, scopesOf } from './claims.ts';
import { Issuer } from './issuer.ts';
import type { TokenMaps } from './maps.ts';
import type { TokenConfig } from './settings.ts';

/** Whoever a token is of. */
export interface TokenIdentity {
  /** Tells persons apart and names none: logs have it. */
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly role: RowRole | undefined;
  readonly isToken: true;
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** JSON Web Tokens of one issuer, and what they mean by `maps.yaml` as it is now. */
export class Tokens {
  readonly #issuer: Issuer;
  readonly #maps: TokenMaps;

  constructor(config: TokenConfig, maps: TokenMaps) {
    this.#issuer = new Issuer(config);
    this.#maps = maps;
  }

  /** Whether a text is meant as a token. Keys of ours have no dots. */
  static isOne = (text: string): boolean => JWT.test(text);

  /** @throws AppError `token_refused` (401), `tokens_unverifiable` (503) */
  async whose(token: string): Promise<TokenIdentity> {
    const claims = await this.#issuer.verify(token);
    const rules = this.#maps.tokens;
    return {
      id: tokenId(claims.iss ?? '', claims.sub),
      scopes: scopesOf(claims, rules),
      role: rowRoleOf(claims, rules),
      isToken: true,
    };
  }
}

export const tokenId = (issuer: string, subject: string): string =>
  `sub-${createHash('sha256').update(`${issuer}\0${subject}`).digest('hex').slice(0, 12)}`;
