import type { Theme } from '../../color/index.ts';
import type { Answer } from '../../answer.ts';

export const THEMES = ['light', 'dark'] as const satisfies readonly Theme[];

/** Colours of everything that is no class. */
export interface Ink {
  readonly paper: string;
  readonly text: string;
  /** For what is less important, still with a contrast of 4.5 to the paper. */
  readonly quiet: string;
  /** Around swatches, so that a class as light as the paper shows. */
  readonly frame: string;
  /** Between regions, and between their parents. */
  readonly border: string;
  readonly parentBorder: string;
  /** Lines of the hatching. */
  readonly hatch: string;
}

export const INKS: Record<Theme, Ink> = {
  light: {
    paper: '#ffffff',
    text: '#1c1f23',
    quiet: '#5b626b',
    frame: '#8a9099',
    border: '#ffffff',
    parentBorder: '#4a5058',
    hatch: '#6d737b',
  },
  dark: {
    paper: '#15191e',
    text: '#f1f2f4',
    quiet: '#a5adb8',
    frame: '#707780',
    border: '#15191e',
    parentBorder: '#dfe3e8',
    hatch: '#98a0ab',
  },
};

export interface Palette {
  readonly theme: Theme;
  readonly ink: Ink;
  /** By class id. */
  readonly classes: readonly string[];
  readonly noData: string;
}

/** The colours of an answer, which follow the theme that it was asked for. */
export function paletteOf({ request: { theme }, colors, noDataColor }: Answer): Palette {
  return { theme, ink: INKS[theme], classes: colors, noData: noDataColor };
}

/** How regions without a value are filled: plain, or with lines that rise or fall to the right. */
export const STATUS_FILLS = { no_data: 'plain', suppressed: 'rising', unreliable: 'falling' } as const;

/**
 * Definitions of the patterns that `statusFill` refers to.
 *
 * @param prefix of their ids, as a picture has them in more than one scale
 * @param pixel how long a pixel is in the units of what they fill
 */
export function patterns({ ink, noData }: Palette, prefix = '', pixel = 1): string[] {
  const pattern = (id: string, angle: number): string =>
    `<pattern id="${prefix}${id}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="scale(${pixel}) rotate(${angle})">` +
    `<rect width="4" height="4" fill="${noData}"/><rect width="1.3" height="4" fill="${ink.hatch}"/></pattern>`;
  return [pattern('rising', 45), pattern('falling', -45)];
}

export function statusFill(status: keyof typeof STATUS_FILLS, palette: Palette, prefix = ''): string {
  const fill = STATUS_FILLS[status];
  return fill === 'plain' ? palette.noData : `url(#${prefix}${fill})`;
}
