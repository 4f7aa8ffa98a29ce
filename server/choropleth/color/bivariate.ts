import { formatHex, parse, type Rgb } from 'culori';
import { schemeNamed } from './schemes.ts';

export interface BivariateColors {
  readonly dim: number;
  /** `dim × dim` colours; class a of the first and b of the second variable are at `a * dim + b`. */
  readonly colors: readonly string[];
}

/**
 * Colours for pairs of classes: two sequential ramps, one printed over the other. Each channel of a cell is the
 * product of the two ramps' channels (0–1), as with inks, so both variables darken and the corner where
 * both are high is the darkest.
 *
 * @param dim classes per variable, 2–4
 * @throws AppError `invalid_parameter` where a scheme is not sequential
 */
export function bivariateColors(dim: number, first = 'Oranges', second = 'Blues'): BivariateColors {
  const [rows, columns] = [lightFirst(first, dim), lightFirst(second, dim)];
  const colors = rows.flatMap((row) => columns.map((column) => multiply(row, column)));
  return { dim, colors };
}

/** Mixing needs ramps that start light: in a product, a dark low end would darken every pair. */
function lightFirst(name: string, n: number): Rgb[] {
  const colors = schemeNamed(name, 'sequential')
    .colors(n)!
    .map((color) => parse(color) as Rgb);
  return lightness(colors[0]!) < lightness(colors.at(-1)!) ? colors.reverse() : colors;
}

function lightness({ r, g, b }: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function multiply(a: Rgb, b: Rgb): string {
  return formatHex({ mode: 'rgb', r: a.r * b.r, g: a.g * b.g, b: a.b * b.b })!;
}
