import { formatHex, interpolate, samples } from 'culori';
import { invalidParameter } from '../../errors.ts';
import type { Sides } from './check.ts';
import { schemeNamed, type Scheme } from './schemes.ts';

const MAX_COLORS = 9;

export interface RampOptions {
  /** High values get the colours of low ones and the other way round. */
  reverse?: boolean | undefined;
}

/**
 * Colours for n classes as `#rrggbb`, lowest class first; one class gets a middle colour.
 *
 * @param n 0–9
 * @throws AppError `invalid_parameter`: there is no such scheme, or a qualitative one has fewer colours
 */
export function ramp(name: string, n: number, options: RampOptions = {}): string[] {
  const scheme = schemeNamed(name);
  if (!Number.isInteger(n) || n < 0 || n > MAX_COLORS) {
    throw invalidParameter('classes', n, `a whole number from 0 to ${MAX_COLORS}`);
  }
  if (n === 0) return [];
  const colors = scheme.colors(n);
  if (!colors) throw invalidParameter('scheme', name, `one with ${n} colours; ${scheme.name} has fewer`);
  return options.reverse ? [...colors].reverse() : [...colors];
}

export interface Center {
  /** Upper bounds of the classes, ascending. */
  breaks: readonly number[];
  /** The value that the map turns around: 0 for a change, 100 for an index. */
  center: number;
  /** Lower bound of the first class, to tell a centre within it from one below all classes. */
  lower?: number | undefined;
}

/**
 * Colours of a diverging scheme around a value. Where it is a class bound, classes below it take the left arm
 * and classes above it the right one; where it lies within a class, that class is neutral. Both arms
 * have steps of the same intensity, so that a map with more classes on one side goes further on that side.
 *
 * @throws AppError `invalid_parameter` where the scheme is not a diverging one
 */
export function centeredRamp(name: string, center: Center, options: RampOptions = {}): string[] {
  const scheme = schemeNamed(name, 'diverging');
  const { left, neutral, right } = sides(center);
  const arm = Math.max(left, right);
  const published = divergingColors(scheme, 2 * arm + neutral);
  const colors = options.reverse ? published.reverse() : published;
  return colors.slice(arm - left, arm + neutral + right);
}

/** How many classes lie below the centre, contain it (0 or 1) and lie above it. */
export function sides({ breaks, center, lower = -Infinity }: Center): Sides & { neutral: number } {
  const classes = breaks.length;
  if (classes === 0 || center <= lower) return { left: 0, neutral: 0, right: classes };
  const below = breaks.filter((upper) => upper <= center).length;
  const onBound = below === classes || breaks[below - 1] === center;
  return onBound
    ? { left: below, neutral: 0, right: classes - below }
    : { left: below, neutral: 1, right: classes - below - 1 };
}

/** ColorBrewer publishes up to 11 diverging colours; more are drawn from between them. */
function divergingColors(scheme: Scheme, count: number): string[] {
  if (count === 0) return [];
  const published = scheme.colors(count);
  if (published) return [...published];
  const between = interpolate([...scheme.colors(11)!], 'lab');
  return samples(count).map((t) => formatHex(between(t))!);
}
