import type { Capability, Starting } from '../capability.ts';
import { sql } from '../db/sql.ts';
import type { Database } from '../db/types.ts';
import { flag, settings, type ConfigOf } from '../settings.ts';
import type { LiveMaps } from '../maps/live.ts';
import { demoMaps, type DemoMaps } from './maps.ts';
import { seedDemo } from './seed.ts';

const demoSettings = settings({
  environment: { CHOROGRAPH_DEMO: flag.default(true) },
  /** `demo`: fill a new embedded database with the demo data, and show its choropleths wherever that data is. */
  read: (env) => ({ demo: env.CHOROGRAPH_DEMO }),
});

interface DemoContext {
  readonly db: Database;
  readonly config: ConfigOf<typeof demoSettings>;
  readonly liveMaps: Pick<LiveMaps<DemoMaps>, 'read' | 'useDefaults'>;
}

/** Something to look at for who has no database yet. */
export const demo = {
  name: 'demo',
  settings: demoSettings,

  prepare: async ({ db, config, liveMaps }: DemoContext, { tell }: Starting): Promise<void> => {
    if (!config.demo) return;
    if (db.kind === 'embedded' && (await isEmpty(db))) {
      await seedDemo(db, {
        onProgress: (table, done, total) => done === total && tell(`demo data: ${table}, ${total} rows`),
      });
    }
    const maps = await demoMaps(db, liveMaps.read);
    if (maps) liveMaps.useDefaults(maps);
  },
} satisfies Capability;

async function isEmpty(db: Database): Promise<boolean> {
  const [row] = await db.run<{ empty: boolean }>(
    sql`select not exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'm', 'v')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')) as empty`,
  );
  return row?.empty ?? false;
}
