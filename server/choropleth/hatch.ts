import type { Theme } from './color/index.ts';
import type { ValueStatus } from './values.ts';

/** Diagonal lines over the neutral colour: statuses are told apart without colour too. */
export interface Hatch {
  /** Name of the image in the sprite of our styles. */
  readonly image: string;
  readonly color: string;
  /** 45: lines rise to the right; −45: they fall. */
  readonly angle: 45 | -45;
  /** Pixels from line to line, along the map's x axis. */
  readonly spacing: number;
  readonly width: number;
}

const LINE: Record<Theme, string> = { light: '#6b6b6b', dark: '#a9afb8' };

/** How regions of a status are hatched; undefined for those that are not. */
export function hatchOf(status: ValueStatus, theme: Theme): Hatch | undefined {
  if (status === 'suppressed')
    return { image: `suppressed-${theme}`, color: LINE[theme], angle: 45, spacing: 8, width: 1.2 };
  if (status === 'unreliable')
    return { image: `unreliable-${theme}`, color: LINE[theme], angle: -45, spacing: 8, width: 1.2 };
  return undefined;
}

/** Every hatching of our styles. */
export const HATCHES: readonly Hatch[] = (['light', 'dark'] as const).flatMap((theme) =>
  (['suppressed', 'unreliable'] as const).map((status) => hatchOf(status, theme)!),
);
