import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failed, ok, warning, type Finding } from './finding.ts';

const OLDEST_NODE = [20, 19] as const;
const GB = 1e9;
/** The embedded database takes about this when it is made; a full disk stops it in the middle of a write. */
const LEAST_BYTES = 0.5 * GB;
const ENOUGH_BYTES = 2 * GB;

/** @param node `v20.19.0` */
export function nodeFinding(node: string, own: string): Finding {
  const [major = 0, minor = 0] = node.replace('v', '').split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const found = `Chorograph ${own} on Node ${node}`;
  return isOld ? failed('versions', found, 'install Node 20.19 or newer') : ok('versions', found);
}

/** Room where files are written. */
export async function lookAtDisk(folder: string): Promise<Finding> {
  const there = nearestFolder(folder);
  const { bavail, bsize } = await statfs(there);
  return diskFinding(there, bavail * bsize);
}

export function diskFinding(folder: string, freeBytes: number): Finding {
  const found = `${(freeBytes / GB).toFixed(1)} GB free at ${folder}`;
  const advice = 'make room, or move the embedded database with CHOROGRAPH_DATA_DIR';
  if (freeBytes < LEAST_BYTES) return failed('disk', found, advice);
  return freeBytes < ENOUGH_BYTES ? warning('disk', found, advice) : ok('disk', found);
}

const nearestFolder = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
