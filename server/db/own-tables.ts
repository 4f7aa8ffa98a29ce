import pg from 'pg';
import { isMigrated, migrate } from './migrate.ts';
import type { Surroundings } from './connections/session.ts';
import { sqlState } from './sqlstate.ts';

/** What there is of schema `chorograph`, and why nothing is written there. */
export interface OwnTables {
  /** Every table of this version is there and may be read: generations, records, keys. */
  readonly readable: boolean;
  /** Why refreshes, keys and pyramids are not kept; undefined where they are. */
  readonly unwritable: string | undefined;
}

const READ_ONLY = {
  standby: 'the database is a hot standby, which takes no writes',
  role: 'default_transaction_read_only is on for this role',
} as const;
const NOT_PERMITTED = 'the role may not create or use schema chorograph';

/** Brings our own tables up to date where that is possible; everything else is served without. */
export async function prepareOwnTables(
  connection: pg.ClientConfig,
  { readOnly }: Pick<Surroundings, 'readOnly'>,
  onMigrated: (names: readonly string[]) => void,
): Promise<OwnTables> {
  const client = new pg.Client({ ...connection, application_name: 'chorograph migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    if (await isMigrated(client)) {
      const unwritable = readOnly
        ? READ_ONLY[readOnly]
        : (await mayWrite(client))
          ? undefined
          : NOT_PERMITTED;
      return { readable: true, unwritable };
    }
    if (readOnly) return { readable: false, unwritable: READ_ONLY[readOnly] };
    onMigrated(await migrate(client, { direction: 'up' }));
    return { readable: true, unwritable: undefined };
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
    return { readable: false, unwritable: NOT_PERMITTED };
  } finally {
    await client.end().catch(() => {});
  }
}

async function mayWrite(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ all: boolean }>(
    `select bool_and(has_table_privilege(c.oid, 'insert')) as all from pg_class c
     where c.relnamespace = 'chorograph'::regnamespace
       and c.relname in ('generation', 'refresh_run', 'api_key', 'pyramid')`,
  );
  return rows[0]?.all === true;
}
