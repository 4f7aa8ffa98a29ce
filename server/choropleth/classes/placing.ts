import { Thread } from '../../tools/thread.ts';
import { advise, type Advice } from '../classify/advise.ts';
import {
  classifyPairs,
  pairAssigner,
  type BivariateClassification,
  type BivariateOptions,
} from '../classify/bivariate.ts';
import type { Classification } from '../classify/index.ts';
import { assigner } from '../classify/intervals.ts';
import type { Locale } from '../labels/index.ts';
import { classifyValues, type ClassesAsked, type Classified } from './classes.ts';
import { statistics, type Statistics } from './stats.ts';

type Values = readonly (number | null)[];

/** `NaN` where there is no value: numbers of many regions are passed on at once. */
export type PlacingJob =
  | {
      readonly kind: 'classes';
      readonly asked: ClassesAsked;
      readonly values: Float64Array;
      /** Undefined where the values place the breaks themselves. */
      readonly reference: Float64Array | undefined;
    }
  | {
      readonly kind: 'pairs';
      readonly a: Float64Array;
      readonly b: Float64Array;
      readonly options: BivariateOptions;
    }
  | {
      readonly kind: 'advice';
      readonly values: Float64Array;
      readonly classes: number | undefined;
      readonly locale: Locale;
    }
  | { readonly kind: 'statistics'; readonly values: Float64Array };

/** A function cannot go from one thread to another; the classes say what it does. */
export type Unassigned<Classes extends { readonly assign: unknown }> = Omit<Classes, 'assign'>;

/** As `Classified`, from another thread. */
export type ClassifiedThere = Omit<Classified, 'classification'> & {
  readonly classification: Unassigned<Classification>;
};

/** As `BivariateClassification`, from another thread. */
export type PairsThere = Omit<Unassigned<BivariateClassification>, 'first' | 'second'> & {
  readonly first: Unassigned<Classification>;
  readonly second: Unassigned<Classification>;
};

/** Values that are sorted and parted in a few milliseconds; of 80,000, natural classes take a fifth of a second. */
const FEW = 4_000;

/** One thread for the whole process: who computes with so many values is let in by the regions of all that ask. */
const thread = new Thread<PlacingJob, unknown>(new URL('./placing-worker', import.meta.url), {
  maxWaiting: 256,
  timeoutMs: 30_000,
  restMs: 30_000,
});

/**
 * As `classifyValues`, of many values beside the event loop.
 * @param client who asks: clients take turns
 * @throws AppError `server_busy`
 */
export async function placeClasses(
  { method, isolate, classes, breaks, center }: ClassesAsked,
  values: Values,
  reference: Values,
  client: string,
): Promise<Classified> {
  const asked = { method, isolate, classes, breaks, center };
  if (values.length + reference.length <= 2 * FEW) return classifyValues(asked, values, reference);
  const others = reference === values ? undefined : numbersOf(reference);
  const job: PlacingJob = { kind: 'classes', asked, values: numbersOf(values), reference: others };
  const { classification, center: around } = (await thread.run(job, client)) as ClassifiedThere;
  return { classification: assigning(classification), center: around };
}

/** As `classifyPairs`, of many values beside the event loop. */
export async function placePairs(
  a: Values,
  b: Values,
  options: BivariateOptions,
  client: string,
): Promise<BivariateClassification> {
  if (a.length <= FEW) return classifyPairs(a, b, options);
  const job: PlacingJob = { kind: 'pairs', a: numbersOf(a), b: numbersOf(b), options };
  const placed = (await thread.run(job, client)) as PairsThere;
  const [first, second] = [assigning(placed.first), assigning(placed.second)];
  return { ...placed, first, second, assign: pairAssigner(placed.dim, first, second) };
}

/** As `advise`, of many values beside the event loop. */
export async function adviseOn(
  values: Values,
  classes: number | undefined,
  locale: Locale,
  client: string,
): Promise<Advice> {
  if (values.length <= FEW) return advise(values, classes, locale);
  const job: PlacingJob = { kind: 'advice', values: numbersOf(values), classes, locale };
  return (await thread.run(job, client)) as Advice;
}

/** As `statistics`, of many values beside the event loop. */
export async function describeValues(values: Values, client: string): Promise<Statistics | null> {
  if (values.length <= FEW) return statistics(values);
  return (await thread.run({ kind: 'statistics', values: numbersOf(values) }, client)) as Statistics | null;
}

function assigning(there: Unassigned<Classification>): Classification {
  const isolated = there.classes.filter((entry) => entry.isolated);
  return { ...there, assign: assigner(there.breaks, isolated) };
}

function numbersOf(values: Values): Float64Array {
  return Float64Array.from(values, (value) => value ?? NaN);
}
