import { failed, type Finding } from '../../tools/finding.ts';
import { explainFailure } from '../explain.ts';
import type { Database } from '../types.ts';
import { lookAtClock } from './clock.ts';
import { connectionsFinding, readRole, rightsFinding, type Connections } from './rights.ts';
import { lookAtSchema } from './schema.ts';
import { lookAtPostgis, lookAtServer } from './server.ts';

/** Whether the database answers, and is one that can be served. */
export async function lookAtDatabase(db: Database, connections: Connections): Promise<Finding[]> {
  const { readOnly } = await db.lookAround();
  const role = await readRole(db);
  return [
    await lookAtServer(db),
    await lookAtPostgis(db),
    await lookAtClock(db),
    ...(db.kind === 'embedded' ? [] : [rightsFinding(role), connectionsFinding(role, connections)]),
    await lookAtSchema(db, role, readOnly !== undefined),
  ];
}

/** What kept it from being opened. */
export const unreachable = (error: unknown): Finding => {
  const [said = '', ...advice] = explainFailure(error).split(': ');
  const what = advice.length > 0 ? advice.join(': ') : 'see docs/database.md';
  return failed('database', said, what);
};
