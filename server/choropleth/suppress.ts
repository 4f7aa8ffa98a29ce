import type { RegionValue } from './values.ts';

/**
 * Hides every region whose count is below the threshold (0 hides nobody), and one sibling more in each
 * parent where only one is hidden, as the parent's total would give it back. The count is what the
 * metric is made of: the denominator of a ratio, the sum itself otherwise.
 */
export function suppress(values: readonly RegionValue[], below: number | undefined): RegionValue[] {
  if (below === undefined) return [...values];
  const small = new Set(values.filter((value) => isSmall(value, below)));
  for (const siblings of byParent(values).values()) {
    const known = siblings.filter((value) => value.status === 'ok');
    const hidden = known.filter((value) => small.has(value));
    if (hidden.length !== 1) continue;
    const [next] = known.filter((value) => !small.has(value)).sort((a, b) => count(a) - count(b));
    if (next) small.add(next);
  }
  return values.map((value) => (small.has(value) ? hide(value) : value));
}

function isSmall(value: RegionValue, below: number): boolean {
  if (value.status !== 'ok') return false;
  const people = count(value);
  // A ratio tells its numerator too: a handful of cases among many people is still a handful.
  const cases = value.denominator === null ? 0 : (value.numerator ?? 0);
  return (people > 0 && people < below) || (cases > 0 && cases < below);
}

function count(value: RegionValue): number {
  return value.denominator ?? value.numerator ?? 0;
}

function hide(value: RegionValue): RegionValue {
  return { ...value, status: 'suppressed', value: null, numerator: null, denominator: null };
}

function byParent(values: readonly RegionValue[]): Map<string | null, RegionValue[]> {
  const groups = new Map<string | null, RegionValue[]>();
  for (const value of values) groups.set(value.parent, [...(groups.get(value.parent) ?? []), value]);
  return groups;
}
