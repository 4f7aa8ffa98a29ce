import { z } from 'zod';
import { mapsPart, name } from '../../maps-part.ts';
import { isScope, type Scope } from '../scopes.ts';

const TEXT = 'a text, a number, true or false';
const scope = z.custom<Scope>(
  (value) => typeof value === 'string' && isScope(value),
  'a scope: read:PATTERN, scope:NAME, or one of keys',
);
/** As `search_path` and such would be: a plain name, which no policy has to quote. */
const role = z
  .string({ error: 'the name of a role' })
  .regex(/^[a-z_][a-z0-9_$-]{0,62}$/i, 'the name of a role');

const rule = z.strictObject({
  claim: name,
  /** What the claim, or one of its values, is; any value where absent. */
  has: z.union([z.string(), z.number(), z.boolean()], { error: TEXT }).optional(),
  gives: z.array(scope, { error: 'a list of scopes' }).min(1, 'one scope at least'),
});

const tokens = z.strictObject({
  /** What a token may do, by what it claims. */
  scopes: z.array(rule).default([]),
  /** As which role of the database its rows are read. */
  role: z
    .strictObject({
      claim: name,
      /** The roles that a token may name: no other is ever taken on. */
      of: z.array(role, { error: 'a list of roles' }).min(1, 'one role at least'),
      /** Further claims that policies may read. */
      claims: z.array(name).default([]),
    })
    .optional(),
});

export type TokenRules = z.output<typeof tokens>;

/** `tokens`: what the claims of JSON Web Tokens mean here. */
export interface TokenMaps {
  readonly tokens?: TokenRules;
}

export const tokenMaps = mapsPart<TokenMaps>({
  sections: () => ({ tokens: tokens.default({ scopes: [] }) }),
  describes: {
    tokens: 'What the claims of JSON Web Tokens mean here',
    'tokens.scopes': 'What a token may do, by what it claims',
    'tokens.scopes.*.claim': 'Name of the claim',
    'tokens.scopes.*.has': 'What it, or one of its values, is; any value where absent',
    'tokens.scopes.*.gives': 'Scopes that it gives: read:PATTERN, scope:NAME, or one of keys',
    'tokens.role': 'As which role of the database its rows are read',
    'tokens.role.claim': 'Name of the claim with the role',
    'tokens.role.of': 'Roles that a token may name',
    'tokens.role.claims': 'Further claims that policies may read',
  },
});
