import type { Check } from '../capability.ts';
import { AppError } from '../errors.ts';
import type { Startup } from '../startup-state.ts';
import { asCheck, ok } from '../tools/finding.ts';
import { keptFor } from '../tools/kept.ts';
import { lookAtDisk, nodeFinding } from '../tools/machine.ts';
import { packageVersion } from '../tools/paths.ts';
import { OWN } from './connections/session.ts';
import { explainFailure } from './explain.ts';
import { lookAtClock } from './looks/clock.ts';
import { readRole, rightsFinding } from './looks/rights.ts';
import { lookAtSchema } from './looks/schema.ts';
import { lookAtPostgis } from './looks/server.ts';
import type { Database } from './types.ts';

/** Anybody may ask for health, as often as they like. */
const KEPT_MS = 3_000;

/** Whether the database answers: asked in every state. */
export async function databaseCheck({
  db,
  startup,
}: {
  readonly db: Database;
  readonly startup: Startup;
}): Promise<Check> {
  const started = performance.now();
  const { kind } = db;
  try {
    await db.ping();
  } catch (error) {
    // The driver's own words may hold host names and users; for strangers the code says enough.
    const detail = error instanceof AppError ? error.title : 'no answer';
    return { status: 'failed', kind, detail, told: { reason: explainFailure(error) } };
  }
  const { pooling, readOnly } = db.surroundings ?? OWN;
  const { unwritable } = startup;
  return {
    status: 'ok',
    kind,
    ms: Math.round(performance.now() - started),
    ...(pooling === 'none' ? {} : { pooling }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(unwritable === undefined
      ? {}
      : { detail: `${unwritable}: nothing is refreshed, and no key or pyramid is made` }),
    changes: db.isListening ? 'notified' : 'polled',
  };
}

export type Looks = Readonly<
  Record<'versions' | 'clock' | 'rights' | 'schema' | 'disk', () => Promise<Check>>
>;

/** What `chorograph doctor` looks at and may change while a server runs. */
export function looksOf(db: Database, { dataDir }: { readonly dataDir: string }): Looks {
  const kept = (look: () => Promise<Check>): (() => Promise<Check>) => keptFor(KEPT_MS, look);
  return {
    versions: kept(async () =>
      asCheck(nodeFinding(process.version, packageVersion()), await lookAtPostgis(db)),
    ),
    clock: kept(async () => asCheck(await lookAtClock(db))),
    rights: kept(async () => {
      if (db.kind === 'embedded') return asCheck(ok('rights', 'the embedded database is ours'));
      const role = await readRole(db);
      const check = asCheck(rightsFinding(role));
      // What it was set up with is no state of the server; what was taken away from it is.
      return role.own && !role.mayUse ? check : { ...check, status: 'ok' };
    }),
    schema: kept(async () => asCheck(await lookAtSchema(db, await readRole(db), isReadOnly(db)))),
    disk: kept(async () =>
      asCheck(
        db.kind === 'embedded'
          ? await lookAtDisk(dataDir)
          : ok('disk', 'data is kept by PostgreSQL, and nothing is written here'),
      ),
    ),
  };
}

const isReadOnly = (db: Database): boolean => db.surroundings?.readOnly !== undefined;
