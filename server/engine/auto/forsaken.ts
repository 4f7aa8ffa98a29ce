import { sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import type { AutoMaps } from './maps.ts';
import { takeLock } from './record.ts';

/** Something that was made by itself, and is wanted no more. */
export interface Forsaken {
  readonly kind: string;
  readonly layer: string;
  /** What it had when it was made last: names in schema `chorograph`. */
  readonly tables: readonly string[];
}

/** Drops the tables of one, unless somebody has made it by hand since; true where it did. */
export type Drop = (tx: Queryable, forsaken: Forsaken) => Promise<boolean>;

interface Options {
  readonly db: Database;
  readonly maps: AutoMaps;
  readonly drops: ReadonlyMap<string, Drop>;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 60_000;

/**
 * Removes what was made of layers that there are no more, that got `auto: false`, or that `maps.yaml` gives something of
 * its own. Layers that this server does not publish, and that are there, are another one's. `busy`: another process builds.
 */
export async function removeForsaken({ db, maps, drops, signal }: Options): Promise<Forsaken[] | 'busy'> {
  const off = Object.entries(maps.layers).flatMap(([id, { auto }]) => (auto === false ? [id] : []));
  const query = sql`select kind, layer, tables from chorograph.auto a
    where kind = any(${[...drops.keys()]}::text[]) and (layer = any(${off}::text[])
      or (relation is not null and not exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname || '.' || c.relname = a.relation))
      or (kind = 'pyramid' and exists (
        select from chorograph.pyramid p where p.layer = a.layer and p.build > 0 and p.below is null)))`;
  const first = await db.run(query);
  if (first.length === 0) return [];
  const work = async (tx: Queryable): Promise<Forsaken[] | 'busy'> => {
    const { mine } = await takeLock(tx);
    if (!mine) return 'busy';
    await tx.run(sql`select set_config('lock_timeout', '5s', true)`);
    const removed: Forsaken[] = [];
    for (const one of await tx.run<Forsaken & Record<string, unknown>>(query)) {
      if (await drops.get(one.kind)?.(tx, one)) removed.push(one);
      await tx.run(sql`delete from chorograph.auto where kind = ${one.kind} and layer = ${one.layer}`);
    }
    return removed;
  };
  return db.dedicated(work, { name: 'chorograph automatic removal', timeoutMs: TIMEOUT_MS, signal });
}
