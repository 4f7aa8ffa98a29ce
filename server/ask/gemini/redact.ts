/** API keys of Google: the older form and the newer one. */
const KEYS = /\b(AIza[\w-]{10,}|AQ\.[\w-]{6,})/g;

/** A text of which nothing can be learnt about keys. */
export function withoutKeys(text: string, ...secrets: readonly (string | undefined)[]): string {
  const known = secrets.filter((secret) => secret !== undefined && secret.length >= 6);
  return known
    .reduce<string>((kept, secret) => kept.replaceAll(secret ?? '', '(key)'), text)
    .replace(KEYS, '(key)');
}
