import { invalidParameter } from '../../errors.ts';
import { classify, type Classification } from '../classify/index.ts';
import {
  alternatives,
  centeredRamp,
  checkColors,
  isolatedColor,
  noDataColor,
  ramp,
  schemeNamed,
  sides,
  VISIONS,
  type Center,
  type Coloring,
  type Sides,
} from '../color/index.ts';
import type { ChoroplethRequest } from '../request/params.ts';
import { mean, quantile, sortValues } from '../classify/sorted.ts';

export interface AnswerWarning {
  readonly code: string;
  readonly message: string;
  /** The figures of the message. */
  readonly details?: Readonly<Record<string, unknown>>;
}

type Values = readonly (number | null)[];

/** What of a request decides its classes. */
export type ClassesAsked = Pick<ChoroplethRequest, 'method' | 'isolate' | 'classes' | 'breaks' | 'center'>;

export interface Classified {
  readonly classification: Classification;
  readonly center: number | undefined;
}

/**
 * The classes of `values`. Where other values place the breaks (those of a period or of all), the last class is
 * stretched to the largest value, so that all maps that share breaks have the same number of classes.
 *
 * @param reference the values that place the breaks
 */
export function classifyValues(request: ClassesAsked, values: Values, reference: Values): Classified {
  const { method, isolate } = request;
  const options = { method, isolate, classes: request.classes, breaks: request.breaks };
  const placed = classify(reference, options);
  const center = centerOf(request, reference);
  const shared = values === reference ? [...placed.breaks] : stretched(placed.breaks, values, isolate);
  const breaks =
    center === undefined || isSymmetric(request) ? shared : throughCenter(shared, center, placed);
  if (values === reference && breaks.every((b, i) => b === placed.breaks[i])) {
    return { classification: placed, center };
  }
  if (breaks.length === 0) return { classification: classify(values, options), center };
  const own = classify(values, { method: 'manual', isolate, breaks });
  const { classesRequested } = placed;
  return {
    classification: { ...own, method, classesRequested, warnings: [...placed.warnings, ...own.warnings] },
    center,
  };
}

/** Colours by class id, intervals first, and what is to be said of them. */
export function colorClasses(
  { scheme, reverse, theme, cvd }: ChoroplethRequest,
  { classes, breaks }: Classification,
  center: number | undefined,
): { colors: string[]; noDataColor: string; warnings: AnswerWarning[] } {
  const around = center === undefined ? undefined : { breaks, center, lower: classes[0]?.lower };
  const colorsOf = (name: string): string[] =>
    around ? centeredRamp(name, around, { reverse }) : ramp(name, breaks.length, { reverse });
  const intervals = colorsOf(scheme);
  const own = isolatedColor(theme, intervals);
  const colors = classes.map((entry, id) => (entry.isolated ? own : (intervals[id] ?? own)));
  return {
    colors,
    noDataColor: noDataColor(theme, colors),
    warnings: cvd === undefined ? [] : checkVision(scheme, colorsOf, around, cvd),
  };
}

/**
 * Standard deviations are symmetric around the mean by themselves: an odd number of classes has one in the middle,
 * which is neutral. A break through it would leave two narrow classes and as many fewer on one side.
 */
function isSymmetric({ method, center }: ClassesAsked): boolean {
  return method === 'stddev' && center === 'mean';
}

function centerOf(request: ClassesAsked, values: Values): number | undefined {
  const { center, isolate } = request;
  if (typeof center !== 'string') return center;
  // The mean that those breaks are placed around.
  const own = isSymmetric(request) ? values.filter((value) => !isolate.includes(value ?? NaN)) : values;
  const { values: sorted } = sortValues(own);
  if (sorted.length === 0) return undefined;
  return center === 'mean' ? mean(sorted) : quantile(sorted, 0.5);
}

/** Puts the centre where the nearest inner break was, so that no class lies on both sides of it. */
function throughCenter(breaks: readonly number[], center: number, { classes }: Classification): number[] {
  const lower = classes[0]?.isolated ? undefined : classes[0]?.lower;
  const last = breaks.at(-1);
  if (lower === undefined || last === undefined || center <= lower || center >= last) return [...breaks];
  const inner = breaks.slice(0, -1);
  if (inner.length === 0) return [center, last];
  const distances = inner.map((b) => Math.abs(b - center));
  return [...inner.with(distances.indexOf(Math.min(...distances)), center), last];
}

function stretched(breaks: readonly number[], values: Values, isolate: readonly number[]): number[] {
  const largest = values.reduce<number>(
    (max, value) => (value !== null && value > max && !isolate.includes(value) ? value : max),
    -Infinity,
  );
  const last = breaks.at(-1);
  return last === undefined ? [] : [...breaks.slice(0, -1), Math.max(last, largest)];
}

/** @throws AppError `invalid_parameter` where colours must be told apart and cannot; it names what would do */
function checkVision(
  scheme: string,
  colorsOf: Coloring,
  around: Center | undefined,
  cvd: 'warn' | 'strict',
): AnswerWarning[] {
  const isDiverging = schemeNamed(scheme).kind === 'diverging';
  const sidesOf = (classes: number): Sides | undefined => {
    if (around) return sides(around);
    const side = Math.floor(classes / 2);
    return isDiverging ? { left: side, right: side } : undefined;
  };
  const colors = colorsOf(scheme);
  const check = checkColors(colors, sidesOf(colors.length));
  if (check.ok) return [];
  const numbers = VISIONS.map((vision) => `${vision} ${check[vision].toFixed(1)}`).join(', ');
  // Around a centre, colours depend on where the breaks lie, not on how many there are.
  const fewer = around ? undefined : (classes: number) => ramp(scheme, classes);
  const instead = alternatives(scheme, colorsOf, fewer, sidesOf);
  const ways = [
    ...(instead.classes === undefined ? [] : [`at most ${instead.classes} classes of ${scheme}`]),
    ...(instead.schemes.length === 0 ? [] : [`scheme=${instead.schemes.join('|')}`]),
  ];
  if (cvd === 'strict')
    throw invalidParameter(
      'cvd',
      cvd,
      `${['warn', ...ways].join(', or ')}: least colour difference of ${scheme} here is ${numbers}; 5 is enough`,
    );
  const advice = ways.length === 0 ? '' : ` All eyes tell apart ${ways.join(', or ')}.`;
  const which = isDiverging ? 'Classes of one side or both' : 'Neighbouring classes';
  const message = `${which} of ${scheme} are hard to tell apart: least colour difference ${numbers}; 5 is enough.${advice}`;
  return [{ code: 'colors_too_close', message }];
}
