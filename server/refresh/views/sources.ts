import type { Queryable } from '../../db/types.ts';
import { inDependencyOrder } from './targets.ts';
import { readViews } from './views.ts';

/**
 * Materialized views and those that they read, directly or through each other, as far as they may be refreshed: each
 * after what it reads.
 *
 * @param mayRefresh of a view that is read
 */
export async function withSources(
  db: Queryable,
  views: readonly string[],
  mayRefresh: (view: string) => boolean,
): Promise<string[]> {
  const found = new Map<string, { view: string; sources: readonly string[] }>();
  for (let next = views; next.length > 0;) {
    for (const { view, materialized, sources } of await readViews(db, next)) {
      if (materialized) found.set(view, { view, sources });
    }
    const read = [...found.values()].flatMap(({ sources }) => sources);
    next = [...new Set(read)].filter((view) => !found.has(view) && !next.includes(view) && mayRefresh(view));
  }
  return inDependencyOrder([...found.values()]).map(({ view }) => view);
}
