import { checkColors, type Sides } from './check.ts';
import { SCHEMES, schemeNamed } from './schemes.ts';

/** Colours of the classes at hand in a scheme; it may throw where the scheme does not have as many. */
export type Coloring = (scheme: string) => readonly string[];

export interface Alternatives {
  /** Schemes of the same kind whose classes all eyes can tell apart. */
  readonly schemes: readonly string[];
  /** Most classes of the scheme at hand that can be told apart; undefined where not even two can. */
  readonly classes: number | undefined;
}

/**
 * What to use instead of a scheme whose classes are too much alike to some eyes.
 *
 * @param colorsOf the classes at hand, as they would be coloured in another scheme
 * @param rampOf the scheme at hand with so many classes, where their number alone tells their colours
 * @param sidesOf the sides of so many classes of the scheme, where it is a diverging one
 */
export function alternatives(
  scheme: string,
  colorsOf: Coloring,
  rampOf: ((classes: number) => readonly string[]) | undefined,
  sidesOf: (classes: number) => Sides | undefined,
): Alternatives {
  const { kind, name } = schemeNamed(scheme);
  const schemes = SCHEMES.filter((other) => other.kind === kind && other.name !== name)
    .map((other) => other.name)
    .filter((other) => passes(() => colorsOf(other), sidesOf));
  const fewer = Array.from({ length: Math.max(0, colorsOf(scheme).length - 2) }, (_, i) => i + 2);
  const most = rampOf && fewer.reverse().find((classes) => passes(() => rampOf(classes), sidesOf));
  return { schemes, classes: most };
}

/** A qualitative scheme may have too few colours. */
function passes(colorsOf: () => readonly string[], sidesOf: (classes: number) => Sides | undefined): boolean {
  try {
    const colors = colorsOf();
    return checkColors(colors, sidesOf(colors.length)).ok;
  } catch {
    return false;
  }
}
