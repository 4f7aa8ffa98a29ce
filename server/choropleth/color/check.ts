import {
  clampRgb,
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  parse,
  type Color,
  type Rgb,
} from 'culori';
import { invalidParameter } from '../../errors.ts';

export const VISIONS = ['normal', 'protanopia', 'deuteranopia', 'tritanopia'] as const;
export type Vision = (typeof VISIONS)[number];

/**
 * Neighbouring classes nearer than this are hard to match with a legend. A difference of about 1 is just
 * noticeable side by side; on a map the two colours lie apart among others. Every five-class sequential
 * ColorBrewer ramp passes for all eyes, most nine-class ramps do not.
 */
export const ENOUGH_DIFFERENCE = 5;

export type ColorCheck = Record<Vision, number> & {
  /** The least of the four. */
  readonly smallest: number;
  readonly ok: boolean;
};

/** How many classes of a diverging ramp lie on either side of its middle. */
export interface Sides {
  readonly left: number;
  readonly right: number;
}

/**
 * Least colour difference ΔE2000 between neighbouring classes, and between the two sides of a diverging ramp (which
 * mean opposite things), to normal eyes and to colour-blind ones. Infinite where there are fewer than two classes.
 *
 * @param sides of a diverging ramp
 * @throws AppError `invalid_parameter` for something that is not a colour
 */
export function checkColors(colors: readonly string[], sides?: Sides): ColorCheck {
  const least = (vision: Vision): number =>
    Math.min(minDeltaE(colors, vision), sides ? betweenSides(colors, sides, vision) : Infinity);
  const [normal, protanopia, deuteranopia, tritanopia] = VISIONS.map(least) as [
    number,
    number,
    number,
    number,
  ];
  const smallest = Math.min(normal, protanopia, deuteranopia, tritanopia);
  return { normal, protanopia, deuteranopia, tritanopia, smallest, ok: smallest >= ENOUGH_DIFFERENCE };
}

/** Least ΔE2000 between neighbours as seen with the given vision; infinite for fewer than two colours. */
export function minDeltaE(colors: readonly string[], vision: Vision = 'normal'): number {
  const seen = colors.map((color) => simulate(color, vision));
  return seen.slice(1).reduce((least, color, i) => Math.min(least, difference(seen[i]!, color)), Infinity);
}

/** Least ΔE2000 of a class on one side and any class on the other. */
function betweenSides(colors: readonly string[], { left, right }: Sides, vision: Vision): number {
  const seen = colors.map((color) => simulate(color, vision));
  const others = seen.slice(seen.length - right);
  const pairs = seen.slice(0, left).flatMap((a) => others.map((b) => difference(a, b)));
  return Math.min(Infinity, ...pairs);
}

/** ΔE2000 between two colours, to normal eyes. */
export function deltaE(a: string, b: string): number {
  return difference(colorOf(a), colorOf(b));
}

const difference = differenceCiede2000();
const toLinear = converter('lrgb');
const toRgb = converter('rgb');

type Filter = (color: Rgb) => Color | undefined;
const FILTERS: Record<Exclude<Vision, 'normal'>, Filter> = {
  protanopia: filterDeficiencyProt(1) as Filter,
  deuteranopia: filterDeficiencyDeuter(1) as Filter,
  tritanopia: filterDeficiencyTrit(1) as Filter,
};

/**
 * A colour as a dichromat sees it (Machado, Oliveira & Fernandes 2009). Their matrices are for light, that is for
 * linear RGB, while the filters apply them to whatever the channels hold: so they get linear channels.
 */
function simulate(color: string, vision: Vision): Color {
  const original = colorOf(color);
  if (vision === 'normal') return original;
  const { r, g, b } = toLinear(original);
  const seen = FILTERS[vision]({ mode: 'rgb', r, g, b }) as Rgb;
  return clampRgb(toRgb({ mode: 'lrgb', r: seen.r, g: seen.g, b: seen.b }));
}

function colorOf(text: string): Color {
  const color = parse(text);
  if (!color) throw invalidParameter('color', text, 'a colour such as #1b9e77');
  return color;
}
