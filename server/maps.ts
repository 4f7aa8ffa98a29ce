import { existsSync, readFileSync } from 'node:fs';
import { capabilities, type CapabilityMaps } from './capabilities.ts';
import { mapsReader } from './maps/read.ts';

/** `maps.yaml`: what SQL cannot say, as the capabilities read it. */
export type Maps = CapabilityMaps;

export const readMaps = mapsReader<Maps>(capabilities.flatMap(({ maps }) => maps ?? []));

/** The maps of a file; a missing file means none, as layers are served without any. */
export function loadMaps(file: string): Maps {
  return existsSync(file) ? readMaps(readFileSync(file, 'utf8'), file) : readMaps('');
}
