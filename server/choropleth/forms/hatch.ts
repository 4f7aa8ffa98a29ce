import type { Theme } from '../color/index.ts';
import { INKS, STATUS_FILLS, THEMES } from '../draw/page/theme.ts';
import type { ValueStatus } from '../figures/values.ts';

/** A pattern over the neutral colour: statuses are told apart without colour too, as in pictures and legends. */
export interface Hatch {
  /** Name of the image in the sprite of our styles. */
  readonly image: string;
  /** Whether its lines rise or fall to the right. */
  readonly pattern: 'rising' | 'falling';
  readonly color: string;
}

/** How regions of a status are marked; undefined for those that are not. */
export function hatchOf(status: ValueStatus, theme: Theme): Hatch | undefined {
  const pattern = status === 'ok' ? 'plain' : STATUS_FILLS[status];
  if (pattern === 'plain') return undefined;
  return { image: `${pattern}-${theme}`, pattern, color: INKS[theme].hatch };
}

/** Every pattern of our styles. */
export const HATCHES: readonly Hatch[] = THEMES.flatMap((theme) =>
  (['suppressed', 'unreliable'] as const).map((status) => hatchOf(status, theme)!),
);
