import { failed, ok, warning, type Finding } from '../../tools/finding.ts';
import { checkPostgis, NotUsable } from '../connections/usable.ts';
import { sqlFile } from '../files.ts';
import type { Database } from '../types.ts';

interface Server {
  readonly version: number;
  readonly versionName: string;
  readonly bytes: number;
}

const OLDEST_POSTGRES = 140_000;
const TRIES = 5;

/** Which PostgreSQL it is, how far away, and what may be done there. */
export async function lookAtServer(db: Database): Promise<Finding> {
  const { pooling, readOnly } = await db.lookAround();
  const [server] = await db.run<Server>(sqlFile('doctor/server.sql'));
  return serverFinding(server!, await roundTrip(db), { pooling, readOnly });
}

async function roundTrip(db: Database): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const started = performance.now();
    await db.ping();
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}

function serverFinding(
  { versionName, version, bytes }: Server,
  ms: number,
  { pooling, readOnly }: { pooling: string; readOnly: string | undefined },
): Finding {
  const through = pooling === 'none' ? '' : `, through a pooler in ${pooling} mode`;
  const found = `PostgreSQL ${versionName}, ${ms.toFixed(1)} ms away${through}; the database has ${(bytes / 1e6).toFixed(0)} MB`;
  if (version < OLDEST_POSTGRES) return failed('database', found, 'upgrade to PostgreSQL 14 or newer');
  if (readOnly === undefined) return ok('database', found);
  const why = readOnly === 'standby' ? 'it is a standby' : 'transactions of the role are read-only';
  return warning(
    'database',
    `${found}; ${why}`,
    'nothing is refreshed here and no key is made: let another instance do that on the primary',
  );
}

/** Whether its PostGIS is one that can be served. */
export async function lookAtPostgis(db: Database): Promise<Finding> {
  const surroundings = db.surroundings ?? (await db.lookAround());
  try {
    const version = await checkPostgis(db, surroundings);
    const encodes = db.hasMvt ? 'it encodes tiles' : 'it encodes no tiles: every layer is served from memory';
    return ok('postgis', `PostGIS ${version} in schema ${surroundings.postgis?.schema}; ${encodes}`);
  } catch (error) {
    if (!(error instanceof NotUsable)) throw error;
    const [said = '', ...advice] = error.message.split(/[:;] /);
    return failed('postgis', said, advice.join('; '));
  }
}
