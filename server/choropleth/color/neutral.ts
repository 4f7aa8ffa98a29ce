import { deltaE } from './check.ts';

export type Theme = 'light' | 'dark';

/** Quiet colours that no value stands for, the preferred one first. */
const NO_DATA: Record<Theme, readonly string[]> = {
  light: ['#d9d9d9', '#efe6d8', '#cfc4d9'],
  dark: ['#3d434b', '#57493a', '#4c3a5c'],
};

/** Colours for an isolated value (mostly zero): emptier than the first class, and no grey of missing data. */
const ISOLATED: Record<Theme, readonly string[]> = {
  light: ['#fbfbf8', '#e3edf2', '#f4e3ea'],
  dark: ['#14181d', '#1c2b33', '#331f2a'],
};

/** Below this, a reader could take one colour for the other. */
const CLEARLY_APART = 10;

/** The colour of regions without a value: the first candidate clearly apart from every class colour. */
export function noDataColor(theme: Theme = 'light', colors: readonly string[] = []): string {
  return mostApart(NO_DATA[theme], colors);
}

/** The colour of the class of an isolated value, chosen in the same way. */
export function isolatedColor(theme: Theme = 'light', colors: readonly string[] = []): string {
  return mostApart(ISOLATED[theme], colors);
}

function mostApart(candidates: readonly string[], colors: readonly string[]): string {
  const ranked = candidates.map((color) => ({
    color,
    distance: Math.min(CLEARLY_APART, ...colors.map((other) => deltaE(color, other))),
  }));
  return ranked.reduce((best, next) => (next.distance > best.distance ? next : best)).color;
}
