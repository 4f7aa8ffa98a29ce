import type { Queryable } from '../db/types.ts';
import { demoMaps } from '../demo/maps.ts';
import { loadMaps, type Maps } from '../maps.ts';
import { mergeMaps } from './live.ts';

/** What a server of this configuration serves: what the file says, and the demo's entries where its data is. */
export async function servedMaps(
  { mapsFile, demo }: { readonly mapsFile: string; readonly demo: boolean },
  db: Queryable,
): Promise<Maps> {
  const own = loadMaps(mapsFile);
  const defaults = demo ? await demoMaps(db) : undefined;
  return defaults ? mergeMaps(defaults, own) : own;
}
