import type { Queryable } from '../db/types.ts';
import { demoMaps, type DemoMaps } from '../demo/maps.ts';
import { mergeMaps } from './live.ts';
import { MapsFile } from './file.ts';
import type { ReadMaps } from './read.ts';

/** What a server of this configuration serves: what the file says, and the demo's entries where its data is. */
export async function servedMaps<Maps extends DemoMaps>(
  { mapsFile, demo }: { readonly mapsFile: string; readonly demo: boolean },
  db: Queryable,
  read: ReadMaps<Maps>,
): Promise<Maps> {
  const own = new MapsFile(mapsFile, read).first;
  const defaults = demo ? await demoMaps(db, read) : undefined;
  return defaults ? mergeMaps(defaults, own) : own;
}
