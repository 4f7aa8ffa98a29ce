/** What other capabilities may use: who asks, and what a key may do. */
export type { ApiKeys } from './keys.ts';
export { isScope, type Scope } from './scopes.ts';
