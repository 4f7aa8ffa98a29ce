const ANY = Symbol('any text');
const ONE = Symbol('one character');
type Part = string | typeof ANY | typeof ONE;

/**
 * A test for a LIKE pattern, as PostgreSQL has it. It goes back to the last `%` alone, so no pattern takes longer than text
 * times pattern, as a regular expression could.
 */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const parts = partsOf(pattern);
  return (text) => matches([...text], parts);
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === '\\') {
      escaped = true;
      continue;
    }
    const special = character === '%' ? ANY : character === '_' ? ONE : character;
    parts.push(escaped ? character : special);
    escaped = false;
  }
  return parts;
}

function matches(text: readonly string[], parts: readonly Part[]): boolean {
  let [at, part] = [0, 0];
  let retry: { at: number; part: number } | undefined;
  while (at < text.length) {
    if (parts[part] === ANY) {
      retry = { at, part: ++part };
    } else if (parts[part] === ONE || (part < parts.length && parts[part] === text[at])) {
      at++;
      part++;
    } else if (retry) {
      at = ++retry.at;
      part = retry.part;
    } else return false;
  }
  while (parts[part] === ANY) part++;
  return part === parts.length;
}
