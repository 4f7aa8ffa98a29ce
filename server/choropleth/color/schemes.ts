import * as chromatic from 'd3-scale-chromatic';
import { formatHex } from 'culori';
import { invalidParameter } from '../../errors.ts';

export type SchemeKind = 'sequential' | 'diverging' | 'qualitative';

export interface Scheme {
  readonly name: string;
  readonly kind: SchemeKind;
  /** The published colours for n classes as `#rrggbb`, low to high; `undefined` where it has none for n. */
  readonly colors: (n: number) => readonly string[] | undefined;
}

/** Published sets of colours per number of classes: `sets[n]`. */
type ColorSets = ReadonlyArray<readonly string[]>;

/** Colours by Cynthia Brewer, colorbrewer2.org. */
const SEQUENTIAL: Record<string, ColorSets> = {
  Blues: chromatic.schemeBlues,
  Greens: chromatic.schemeGreens,
  Greys: chromatic.schemeGreys,
  Oranges: chromatic.schemeOranges,
  Purples: chromatic.schemePurples,
  Reds: chromatic.schemeReds,
  BuGn: chromatic.schemeBuGn,
  BuPu: chromatic.schemeBuPu,
  GnBu: chromatic.schemeGnBu,
  OrRd: chromatic.schemeOrRd,
  PuBu: chromatic.schemePuBu,
  PuBuGn: chromatic.schemePuBuGn,
  PuRd: chromatic.schemePuRd,
  RdPu: chromatic.schemeRdPu,
  YlGn: chromatic.schemeYlGn,
  YlGnBu: chromatic.schemeYlGnBu,
  YlOrBr: chromatic.schemeYlOrBr,
  YlOrRd: chromatic.schemeYlOrRd,
};

const DIVERGING: Record<string, ColorSets> = {
  BrBG: chromatic.schemeBrBG,
  PiYG: chromatic.schemePiYG,
  PRGn: chromatic.schemePRGn,
  PuOr: chromatic.schemePuOr,
  RdBu: chromatic.schemeRdBu,
  RdGy: chromatic.schemeRdGy,
  RdYlBu: chromatic.schemeRdYlBu,
  RdYlGn: chromatic.schemeRdYlGn,
  Spectral: chromatic.schemeSpectral,
};

const QUALITATIVE: Record<string, readonly string[]> = {
  Accent: chromatic.schemeAccent,
  Dark2: chromatic.schemeDark2,
  Paired: chromatic.schemePaired,
  Pastel1: chromatic.schemePastel1,
  Pastel2: chromatic.schemePastel2,
  Set1: chromatic.schemeSet1,
  Set2: chromatic.schemeSet2,
  Set3: chromatic.schemeSet3,
};

/** Perceptually even ramps: matplotlib's four by Smith & van der Walt, cividis by Nuñez, Anderton & Renslow. */
const CONTINUOUS: Record<string, (t: number) => string> = {
  viridis: chromatic.interpolateViridis,
  cividis: chromatic.interpolateCividis,
  magma: chromatic.interpolateMagma,
  inferno: chromatic.interpolateInferno,
  plasma: chromatic.interpolatePlasma,
};

/**
 * Every scheme, by kind. ColorBrewer's sequential ramps run from light to dark, the continuous ones from dark
 * to light: on a light map those read best reversed.
 */
export const SCHEMES: readonly Scheme[] = [
  ...entries(SEQUENTIAL, 'sequential', brewerColors),
  ...entries(CONTINUOUS, 'sequential', continuousColors),
  ...entries(DIVERGING, 'diverging', brewerColors),
  ...entries(QUALITATIVE, 'qualitative', qualitativeColors),
];

const BY_NAME = new Map(SCHEMES.map((scheme) => [scheme.name.toLowerCase(), scheme]));

/**
 * A scheme by its name, in whatever case.
 * @throws AppError `invalid_parameter` with the names that are allowed, of the given kind where one is needed
 */
export function schemeNamed(name: string, kind?: SchemeKind): Scheme {
  const scheme = BY_NAME.get(name.toLowerCase());
  if (scheme && (!kind || scheme.kind === kind)) return scheme;
  const allowed = SCHEMES.filter((s) => !kind || s.kind === kind).map((s) => s.name);
  throw invalidParameter('scheme', name, `one of ${allowed.join(', ')}`);
}

function entries<T>(
  table: Record<string, T>,
  kind: SchemeKind,
  colorsOf: (data: T, n: number) => readonly string[] | undefined,
): Scheme[] {
  return Object.entries(table).map(([name, data]) => ({ name, kind, colors: (n) => colorsOf(data, n) }));
}

/** ColorBrewer starts at three classes: two are its ends, one is its middle. */
function brewerColors(sets: ColorSets, n: number): readonly string[] | undefined {
  const [low, middle, high] = sets[3]!;
  if (n === 1) return [middle!];
  if (n === 2) return [low!, high!];
  return sets[n];
}

function continuousColors(color: (t: number) => string, n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => formatHex(color(n === 1 ? 0.5 : i / (n - 1)))!);
}

function qualitativeColors(colors: readonly string[], n: number): readonly string[] | undefined {
  return n <= colors.length ? colors.slice(0, n) : undefined;
}
