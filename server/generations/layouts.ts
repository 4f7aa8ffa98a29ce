import type { World } from './states.ts';

export interface MovedLayout {
  readonly relation: string;
  /** It has, or had, a geometry column. */
  readonly isSpatial: boolean;
}

/** Relations whose columns, keys, rules, rights or comments changed, and those that came or went. */
export function movedLayouts({ layouts: before }: World, { layouts: now }: World): MovedLayout[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names]
    .filter((name) => before.get(name)?.about !== now.get(name)?.about)
    .map((relation) => ({
      relation,
      isSpatial: Boolean(before.get(relation)?.isSpatial) || Boolean(now.get(relation)?.isSpatial),
    }));
}
