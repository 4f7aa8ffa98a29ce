import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { projectPath } from './paths.ts';

/** Raised when the same inputs come to give other bytes within one version of the program. */
const FORMAT = 2;

const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string };

/** What draws: part of every version and cache key, as another program may give other bytes. */
export const RENDERING = `${version}/${FORMAT}`;

/** The settings that decide bytes whatever is asked for. */
export function renderingOf({ tile }: Pick<Config, 'tile'>): string {
  const { buffer, maxFeatures, maxBytes } = tile;
  return JSON.stringify([RENDERING, buffer, maxFeatures, maxBytes]);
}
