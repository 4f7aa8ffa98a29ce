/**
 * Who may see something: everybody, whoever has a valid key, keys with that scope, or nobody. With `role`, whoever comes as
 * a role of the database, and of the rows those that the database shows to that role.
 */
export type Access = 'public' | 'key' | 'nobody' | 'role' | `scope:${string}`;

/** `public`, `key`, `nobody`, `role`, `scope:NAME` */
export const ACCESS = /^(?:public|key|nobody|role|scope:[a-z][\w:-]{0,62})$/;
/** Names with `*` for any run of characters. */
export const PATTERN = /^[\w.*/:-]{1,100}$/;

/** Access by pattern, as `maps.yaml` has it: the first pattern that fits decides. */
export type AccessRules = Readonly<Record<string, Access>>;

/** What the rules say of something that has these names; undefined where none fits. */
export function ruled(rules: AccessRules | undefined, names: readonly string[]): Access | undefined {
  for (const [pattern, access] of Object.entries(rules ?? {}))
    if (names.some((name) => fits(pattern, name))) return access;
  return undefined;
}

/** How an access is kept: what everybody may see has none, so that it is what it always was. */
export const guarded = (access: Access | undefined): { readonly access?: Access } =>
  access === undefined || access === 'public' ? {} : { access };

/** Whether a name is of a pattern; steps through both once and goes back to the last `*` alone. */
export function fits(pattern: string, name: string): boolean {
  let [at, p, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[p] === '*') [star, mark, p] = [p, at, p + 1];
    else if (pattern[p] === name[at]) [at, p] = [at + 1, p + 1];
    else if (star >= 0) [mark, at, p] = [mark + 1, mark + 1, star + 1];
    else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** How choropleths are named where layers are too. */
export const choroplethName = (id: string): string => `choropleth/${id}`;
