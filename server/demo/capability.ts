import type { Capability, Starting } from '../capability.ts';
import { sql } from '../db/sql.ts';
import type { Database } from '../db/types.ts';
import { flag, settings, type ConfigOf } from '../settings.ts';
import { seedDemo } from './seed.ts';

const demoSettings = settings({
  environment: { CHOROGRAPH_DEMO: flag.default(true) },
  /** `demo`: fill the embedded database with the demo data when it is new. */
  read: (env) => ({ demo: env.CHOROGRAPH_DEMO }),
});

interface DemoContext {
  readonly db: Database;
  readonly config: ConfigOf<typeof demoSettings>;
}

/** Something to look at for who has no database yet. */
export const demo = {
  name: 'demo',
  settings: demoSettings,

  prepare: async ({ db, config }: DemoContext, { tell }: Starting): Promise<void> => {
    if (db.kind !== 'embedded' || !config.demo || !(await isEmpty(db))) return;
    await seedDemo(db, {
      onProgress: (table, done, total) => done === total && tell(`demo data: ${table}, ${total} rows`),
    });
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
