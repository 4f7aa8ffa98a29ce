/** As many paths as a person reads; the rest is counted. */
const MOST = 50;

/** Where two readings of `maps.yaml` differ, as paths without what stands there: `layers.homes.access`. Pure. */
export function changedPaths(before: object, after: object): string[] {
  const all = [...differences(before, after, '')].sort();
  return all.length > MOST ? [...all.slice(0, MOST), `and ${all.length - MOST} more`] : all;
}

function* differences(before: unknown, after: unknown, path: string): Generator<string> {
  if (!isMap(before) || !isMap(after)) {
    if (JSON.stringify(before) !== JSON.stringify(after)) yield path;
    return;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    yield* differences(before[name], after[name], path === '' ? name : `${path}.${name}`);
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
