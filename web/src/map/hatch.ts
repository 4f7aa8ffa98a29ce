import type { Theme } from '../../../server/choropleth/color/index.ts';

/** Of dots and lines over the colour of missing data, 3 : 1 against it; in the page `--hatch`. */
export const HATCH_INK = { light: '#666c74', dark: '#98a0ab' } satisfies Record<Theme, string>;

/** Edge of the tile that repeats, in pixels of the page; drawn twice as fine. */
const TILE = 6;
const RATIO = 2;
const RADIUS = 0.85;
/** Of the dots in a tile: every other one stands between those of the row above. */
const CENTERS = [
  [1.5, 1.5],
  [4.5, 4.5],
] as const;

export const dotsName = (theme: Theme): string => `dots-${theme}`;

/** What the map draws over regions without data where it asks for an image of that name. */
export function dotsImage(name: string): { image: ImageLike; pixelRatio: number } | undefined {
  const theme = (['light', 'dark'] as const).find((each) => dotsName(each) === name);
  if (!theme) return undefined;
  const size = TILE * RATIO;
  const data = new Uint8ClampedArray(size * size * 4);
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(HATCH_INK[theme].slice(at, at + 2), 16));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const isDot = CENTERS.some(
        ([cx, cy]) => Math.hypot((x + 0.5) / RATIO - cx, (y + 0.5) / RATIO - cy) <= RADIUS,
      );
      if (isDot) data.set([r ?? 0, g ?? 0, b ?? 0, 255], (y * size + x) * 4);
    }
  return { image: { width: size, height: size, data }, pixelRatio: RATIO };
}

interface ImageLike {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}
