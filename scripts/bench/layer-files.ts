import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpackLayer, type LayerHead } from '../../server/engine/snapshots/layer-file.ts';
import { unpack } from '../../server/engine/snapshots/pack.ts';
import { isWhole } from '../../server/engine/snapshots/zooms.ts';
import { atOnce } from '../../server/tools/turns.ts';

const LOOK_MS = 500;

/**
 * Waits until so many layers are on disk with all that takes long to make of them: before that a thread of the server
 * makes it, and what is measured beside it is not what the server does from then on.
 * @param dataDir the server's data folder
 * @returns false where they are not after `patienceMs`, as where one is too large for memory
 */
export async function untilWhole(dataDir: string, count: number, patienceMs = 240_000): Promise<boolean> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(LOOK_MS))
    if ((await countWhole(join(dataDir, 'cache'))) >= count) return true;
  return false;
}

async function countWhole(folder: string): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.layer'));
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return files.filter((file) => {
    const packed = atOnce(unpack<LayerHead>(new Uint8Array(file)));
    return packed !== undefined && isWhole(unpackLayer(packed).topology, packed.head.zooms);
  }).length;
}
