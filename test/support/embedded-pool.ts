import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../../server/config.ts';
import { copyDatabase } from '../../server/db/embedded/folders.ts';
import { openEmbedded, type EmbeddedDatabase } from '../../server/db/embedded/index.ts';
import { overEmbedded, type OpenDatabase } from '../../server/db/connections/open.ts';
import type { Releasers } from '../../server/tools/releasers.ts';
import { linkBundle, value, withClient } from '../db/embedded-support.ts';
import { templateDir } from '../db/template.ts';

/**
 * Embedded databases that tests hand on to one another: starting one takes three seconds of processor time,
 * emptying one a tenth of that.
 */
export interface Lent {
  embedded: EmbeddedDatabase;
  folder: string;
  /** How many tests had it. */
  uses: number;
}

/** Its memory grows with what was done in it, and is never given back. */
const MOST_USES = 20;

/** One that a file had and one of a test beside it: so many are open at once anyway. */
const MOST_SPARES = 2;

const spares: Lent[] = [];

/** An empty database with PostGIS that is open already. */
export async function lend(): Promise<Lent> {
  const lent = spares.pop();
  if (lent && (await emptied(lent.embedded).catch(() => false))) return { ...lent, uses: lent.uses + 1 };
  if (lent) await discard(lent);
  const folder = await newFolder();
  const embedded = await openEmbedded({ dataDir: join(folder, 'db') });
  pristine ??= await withClient(embedded.connection, (client) => value(client, FINGERPRINT));
  return { embedded, folder, uses: 1 };
}

/** Clients of a lent database, for a server. */
export function clientsOf(lent: Lent, config: Config, releasers: Releasers): OpenDatabase {
  return overEmbedded(lent.embedded, config, pino({ level: 'silent' }), releasers);
}

export async function giveBack(lent: Lent): Promise<void> {
  if (spares.length >= MOST_SPARES || lent.uses >= MOST_USES) await discard(lent);
  else spares.push(lent);
}

export async function discard(lent: Lent): Promise<void> {
  await lent.embedded.close();
  await rm(lent.folder, { recursive: true, force: true });
}

export async function discardSpares(): Promise<void> {
  for (let spare = spares.pop(); spare; spare = spares.pop()) await discard(spare);
}

/** A folder whose `db` is a closed, empty database with PostGIS. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-test-'));
  await copyDatabase(await templateDir(), join(folder, 'db'));
  await linkBundle(folder);
  return folder;
}

/** What a database has in it, but for names: the same for a new one and for one that was emptied. */
const FINGERPRINT = `
  select jsonb_build_object(
    'relations', (select count(*) from pg_class where relkind <> 't' and relnamespace::regnamespace::text !~ '^pg_t'),
    'types', (select count(*) from pg_type where typnamespace::regnamespace::text !~ '^pg_t'),
    'routines', (select count(*) from pg_proc), 'operators', (select count(*) from pg_operator),
    'casts', (select count(*) from pg_cast), 'collations', (select count(*) from pg_collation),
    'namespaces', (select count(*) from pg_namespace where nspname !~ '^pg_t'),
    'roles', (select count(*) from pg_roles), 'extensions', (select count(*) from pg_extension),
    'triggers', (select count(*) from pg_event_trigger), 'settings', (select count(*) from pg_db_role_setting),
    'systems', (select count(*) from public.spatial_ref_sys), 'servers', (select count(*) from pg_foreign_server),
    'grants', (select jsonb_agg(nspacl::text order by nspname) from pg_namespace where nspname !~ '^pg_t')
  )::text`;
let pristine: unknown;

const EMPTY = `
  do $$ declare name text; begin
    for name in select evtname from pg_event_trigger loop execute format('drop event trigger %I', name); end loop;
    for name in select extname from pg_extension where extname not in ('plpgsql', 'postgis', 'pg_trgm') loop
      execute format('drop extension %I cascade', name);
    end loop;
    for name in select nspname from pg_namespace
      where nspname !~ '^pg_' and nspname not in ('public', 'information_schema') loop
      execute format('drop schema %I cascade', name);
    end loop;
    loop
      select format('drop %s %s cascade', kind, id) into name from (
        select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
          when 'f' then 'foreign table' when 'c' then 'type' else 'table' end as kind, oid::regclass::text as id,
          'pg_class'::regclass as catalog, oid from pg_class
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
        union all
        select 'routine', oid::regprocedure::text, 'pg_proc'::regclass, oid from pg_proc
          where pronamespace = 'public'::regnamespace
        union all
        select 'type', oid::regtype::text, 'pg_type'::regclass, oid from pg_type
          where typnamespace = 'public'::regnamespace and typtype in ('d', 'e', 'r')
      ) o where not exists (select from pg_depend d
        where d.classid = o.catalog and d.objid = o.oid and d.deptype in ('e', 'i')) limit 1;
      exit when name is null;
      execute name;
    end loop;
    for name in select rolname from pg_roles where rolname !~ '^pg_' and rolname <> current_user loop
      execute format('drop owned by %I cascade', name);
      execute format('drop role %I', name);
    end loop;
    delete from public.spatial_ref_sys where auth_name is null or auth_name not in ('EPSG', 'ESRI', 'spatialreferencing.org');
  end $$`;

/** Drops everything but the extensions; false where something is left or lost. */
async function emptied(embedded: EmbeddedDatabase): Promise<boolean> {
  await embedded.ready();
  return withClient(embedded.connection, async (client) => {
    await client.query(EMPTY);
    return (await value(client, FINGERPRINT)) === pristine;
  });
}
