/** What a key may do; `admin` may do everything. */
export const SCOPES = [
  'refresh',
  'ask',
  'ask:log',
  'search',
  'preview',
  'edit',
  'review',
  'audit',
  'personal',
  'personal:full',
  'admin',
] as const;
/** `read:PATTERN` opens layers and `choropleth/ID`; `scope:NAME` is a name that `maps.yaml` gives. */
export type Scope = (typeof SCOPES)[number] | `read:${string}` | `scope:${string}`;

/** Characters of names of ours in `scope:NAME`, and of patterns. */
const OWN_SCOPE = /^(read:[\w.*/:-]{1,100}|scope:[a-z][\w:-]{0,62})$/;

/** Whether a text is a scope. */
export const isScope = (text: string): text is Scope =>
  SCOPES.some((scope) => scope === text) || OWN_SCOPE.test(text);
