import { failed, ok, some, warning, type Finding } from '../../tools/finding.ts';
import { migrationNames } from '../migrate.ts';
import { sql } from '../sql.ts';
import type { Queryable } from '../types.ts';
import type { Role } from './rights.ts';

/** Whether schema chorograph is that of this version. */
export async function lookAtSchema(
  db: Queryable,
  { own, mayUse }: Role,
  isReadOnly: boolean,
): Promise<Finding> {
  const known = migrationNames();
  if (!own)
    return ok(
      'schema',
      isReadOnly ? 'there is no schema chorograph' : 'schema chorograph is made at the first start',
    );
  if (!mayUse) return ok('schema', 'schema chorograph is there');
  const rows = await db.run<{ name: string }>(sql`select name from chorograph.migration`);
  const applied = rows.map(({ name }) => name);
  const newer = applied.filter((name) => !known.includes(name));
  const pending = known.filter((name) => !applied.includes(name));
  if (newer.length > 0)
    return failed(
      'schema',
      `a newer version made ${some(newer)}`,
      'run that version here, or take its migrations back with it: chorograph migrate down',
    );
  if (pending.length > 0)
    return warning(
      'schema',
      `migrations that did not run yet: ${some(pending.sort())}`,
      'the next start runs them; or chorograph migrate',
    );
  return ok('schema', `schema chorograph has all ${known.length} migrations`);
}
