import type { Surroundings } from './session.ts';
import { sql } from '../sql.ts';
import type { Queryable } from '../types.ts';

const OLDEST_POSTGIS = [3, 1] as const;

/** Says in a sentence for the operator what is missing. */
export class NotUsable extends Error {}

/** The version of PostGIS. @throws NotUsable where it is not there, not for us, or too old */
export async function checkPostgis(db: Queryable, { postgis }: Surroundings): Promise<string> {
  if (postgis === undefined) {
    throw new NotUsable('PostGIS is not installed in this database: create extension postgis');
  }
  if (!postgis.usable) {
    throw new NotUsable(
      `PostGIS is in schema ${postgis.schema}, which the role may not use: grant usage on schema ${postgis.schema}`,
    );
  }
  const [row] = await db.run<{ version: string }>(sql`select postgis_lib_version() as version`);
  const version = row?.version ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST_POSTGIS[0] || (major === OLDEST_POSTGIS[0] && minor < OLDEST_POSTGIS[1])) {
    throw new NotUsable(`PostGIS ${version} is too old; 3.1 or newer is needed`);
  }
  return version;
}
