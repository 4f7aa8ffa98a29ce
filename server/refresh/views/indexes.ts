import type { Queryable } from '../../db/types.ts';
import { ok, some, warning, type Finding } from '../../tools/finding.ts';
import type { RefreshTarget } from './targets.ts';
import { readViews } from './views.ts';

/** Whether what is refreshed can be read meanwhile, as a run finds it out: by a unique index on columns alone. */
export async function lookAtViewIndexes(
  db: Queryable,
  targets: readonly Pick<RefreshTarget, 'view' | 'key'>[],
): Promise<Finding> {
  const views = await readViews(
    db,
    targets.map(({ view }) => view),
  );
  const shared = new Set(
    views
      .filter(({ materialized, hasUniqueIndex }) => materialized && !hasUniqueIndex)
      .map(({ view }) => view),
  );
  if (shared.size === 0) return ok('indexes', 'what is refreshed can be read meanwhile');
  const advice = targets
    .filter(({ view }) => shared.has(view))
    .map(({ view, key }) => `create unique index on ${view} (${key.join(', ') || '…'})`);
  return warning(
    'indexes',
    `no unique index on ${some([...shared])}: who reads waits for each refresh`,
    advice.slice(0, 5).join('; '),
  );
}
