import { readFileSync } from 'node:fs';
import { sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import type { Maps } from '../maps.ts';
import { projectPath } from '../paths.ts';
import { MARK } from './parts.ts';

/**
 * The entries of `data/maps.yaml` whose relations are the demo's own and are there: on a database of one's own
 * there are none, whatever its tables are called.
 */
export async function demoMaps(db: Queryable): Promise<Maps | undefined> {
  const marked = await db.run<{ relation: string }>(sql`
    select 'public.' || c.relname as relation from pg_class c
    where c.relnamespace = to_regnamespace('public')
      and obj_description(c.oid, 'pg_class') like ${`${MARK}%`}`);
  if (marked.length === 0) return undefined;
  const there = new Set(marked.map(({ relation }) => relation));
  // Not at the top: what may stand in the file is what all capabilities say, and this is one of them.
  const { placedLike, readMaps } = await import('../maps.ts');
  const file = projectPath('data', 'maps.yaml');
  const maps = readMaps(readFileSync(file, 'utf8'), 'data/maps.yaml');
  const only = <Entry>(entries: Record<string, Entry>, relation: (entry: Entry) => string | undefined) =>
    Object.fromEntries(Object.entries(entries).filter(([, entry]) => there.has(relation(entry) ?? '')));
  const served = {
    ...maps,
    regions: only(maps.regions, ({ table }) => table),
    choropleths: only(maps.choropleths, ({ cube }) => cube.view),
    layers: only(maps.layers, ({ table }) => table),
  };
  return placedLike(maps, served);
}
