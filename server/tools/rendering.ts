import { packageVersion } from './paths.ts';

/** Raised when the same inputs come to give other bytes within one version of the program. */
const FORMAT = 2;

/** What draws: part of every version and cache key, as another program may give other bytes. */
export const RENDERING = `${packageVersion()}/${FORMAT}`;

export interface RenderingConfig {
  readonly tile: { readonly buffer: number; readonly maxFeatures: number; readonly maxBytes: number };
}

/** What decides bytes whatever is asked for: the program, and its settings. */
export function renderingOf({ tile }: RenderingConfig, program = RENDERING): string {
  const { buffer, maxFeatures, maxBytes } = tile;
  return JSON.stringify([program, buffer, maxFeatures, maxBytes]);
}
