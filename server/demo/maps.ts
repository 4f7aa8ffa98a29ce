import { readFileSync } from 'node:fs';
import { join, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { placedLike, type ReadMaps } from '../maps/read.ts';
import { projectPath } from '../tools/paths.ts';
import { DEMO_PARTS, madeByPack, MARK } from './parts.ts';

/** What is looked at in the file. */
export interface DemoMaps {
  readonly regions: Readonly<Record<string, { readonly table: string }>>;
  readonly choropleths: Readonly<Record<string, { readonly cube: { readonly view: string } }>>;
  readonly layers: Readonly<Record<string, { readonly table?: string | undefined }>>;
}

/**
 * The entries of `data/maps.yaml` whose relations are the demo's own and are there: on a database of one's own
 * there are none, whatever its tables are called.
 */
export async function demoMaps<Maps extends DemoMaps>(
  db: Queryable,
  read: ReadMaps<Maps>,
): Promise<Maps | undefined> {
  const packed = DEMO_PARTS.flatMap(({ pack, tables }) =>
    pack ? [madeByPack(pack.mark, tables.at(-1)!)] : [],
  );
  const marked = await db.run<{ relation: string }>(sql`
    select 'public.' || c.relname as relation from pg_class c
    where c.relnamespace = to_regnamespace('public')
      and (obj_description(c.oid, 'pg_class') like ${`${MARK}%`} or ${join(packed, ' or ')})`);
  if (marked.length === 0) return undefined;
  const there = new Set(marked.map(({ relation }) => relation));
  const file = projectPath('data', 'maps.yaml');
  const maps = read(readFileSync(file, 'utf8'), 'data/maps.yaml');
  const only = <Entry>(
    entries: Readonly<Record<string, Entry>>,
    relation: (entry: Entry) => string | undefined,
  ) => Object.fromEntries(Object.entries(entries).filter(([, entry]) => there.has(relation(entry) ?? '')));
  const served = {
    ...maps,
    regions: only(maps.regions, ({ table }) => table),
    choropleths: only(maps.choropleths, ({ cube }) => cube.view),
    layers: only(maps.layers, ({ table }) => table),
  };
  return placedLike(maps, served);
}
