import type { RowRole } from '../../sight/sight.ts';
import type { Scope } from '../scopes.ts';
import type { TokenRules } from './maps.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** A claim by its name, which may have dots in it, else by a path: `realm_access.roles`. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}

/** The texts of a claim: a list's members, or its own; of `scope` and `scp` the words (RFC 8693 §4.2). */
function textsOf(claims: Claims, name: string): string[] {
  const value = claimOf(claims, name);
  const isPlain = (one: unknown): one is string | number | boolean =>
    typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean';
  if (typeof value === 'string' && (name === 'scope' || name === 'scp'))
    return value.split(' ').filter(Boolean);
  return [value].flat().filter(isPlain).map(String);
}

/** What a token with these claims may do. Pure. */
export function scopesOf(claims: Claims, rules: TokenRules | undefined): Scope[] {
  const given = (rules?.scopes ?? []).filter(({ claim, has }) => {
    const texts = textsOf(claims, claim);
    return has === undefined ? texts.length > 0 : texts.includes(String(has));
  });
  return [...new Set(given.flatMap(({ gives }) => gives))];
}

/**
 * As which role its rows are read; undefined where it names none, or more than one, or one that is not listed.
 * Policies find who it is (`sub`), the role, and what else `maps.yaml` lists: nothing that differs from one token to
 * the next of the same person, so that what is read as one is not read again as another. Pure.
 */
export function rowRoleOf(claims: Claims, rules: TokenRules | undefined): RowRole | undefined {
  const wanted = rules?.role;
  if (!wanted) return undefined;
  const named = textsOf(claims, wanted.claim);
  const [role] = named;
  if (role === undefined || named.length > 1 || !wanted.of.includes(role)) return undefined;
  const told = wanted.claims.map((name): [string, unknown] => [name, claimOf(claims, name)]);
  const own = { iss: claims.iss, sub: claims.sub, ...Object.fromEntries(told), role };
  return { role, claims: JSON.stringify(own) };
}
