import type { z } from 'zod';
import { invalidParameter } from '../../errors.ts';
import { noDataColor, ramp, schemeNamed } from '../color/index.ts';
import { languageParams } from '../draw/params.ts';
import { rangeLabels } from '../labels/index.ts';
import { choroplethParams } from '../request/params.ts';
import { breaksChoice } from '../request/options.ts';
import { placeClasses } from './placing.ts';

/** What classes of any values are asked with, as those of a choropleth are. */
export const plainParams = choroplethParams
  .pick({ method: true, classes: true, scheme: true, reverse: true, theme: true })
  .extend({
    ...languageParams,
    breaks: breaksChoice
      .optional()
      .meta({ description: 'Upper bounds of the classes, with method=manual', aside: '10,20,50' }),
  });

export type PlainAsked = z.output<typeof plainParams>;

export interface PlainClass {
  readonly id: number;
  readonly label: string;
  readonly color: string;
  readonly lower: number;
  readonly upper: number;
  readonly closedLower: boolean;
  readonly count: number;
}

/** Classes of values that are of no choropleth. */
export interface PlainClasses {
  readonly method: string;
  readonly breaks: readonly number[];
  /** As `Classification.thresholds`: a value has the class `thresholdClasses[number of thresholds <= it]`. */
  readonly thresholds: readonly number[];
  readonly thresholdClasses: readonly number[];
  readonly classes: readonly PlainClass[];
  readonly n: number;
  readonly noData: { readonly color: string; readonly count: number };
  readonly min: number | null;
  readonly max: number | null;
  readonly gvf: number | null;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Values in classes with labels and colours, by the same rules as a choropleth's.
 * @param client who asks: where there are many values, clients take turns
 * @throws AppError `invalid_parameter`, `server_busy`
 */
export async function plainClasses(
  values: readonly (number | null)[],
  asked: PlainAsked,
  client: string,
): Promise<PlainClasses> {
  const { classes, scheme = 'YlOrRd', reverse = false, theme = 'light', locale } = asked;
  schemeNamed(scheme);
  const breaks = asked.breaks && 'numbers' in asked.breaks ? asked.breaks.numbers : undefined;
  if (asked.breaks && !breaks) throw invalidParameter('breaks', asked.breaks, 'numbers');
  const method = asked.method ?? (breaks ? 'manual' : 'quantile');
  if ((method === 'manual') !== (breaks !== undefined))
    throw invalidParameter('breaks', breaks ?? null, 'numbers with method=manual, and left out else');
  const { classification } = await placeClasses(
    { method, classes, breaks, isolate: [], center: undefined },
    values,
    values,
    client,
  );
  const colors = ramp(scheme, classification.classes.length, { reverse });
  const { labels } = rangeLabels(classification.classes, { locale });
  return {
    method,
    breaks: classification.breaks,
    thresholds: classification.thresholds,
    thresholdClasses: classification.thresholdClasses,
    classes: classification.classes.map(({ id, lower, upper, closedLower, count }) => ({
      ...{ id, label: labels[id] ?? '', color: colors[id] ?? '' },
      ...{ lower, upper, closedLower, count },
    })),
    n: classification.n,
    noData: { color: noDataColor(theme, colors), count: classification.dropped },
    min: classification.min,
    max: classification.max,
    gvf: classification.gvf,
    warnings: classification.warnings,
  };
}

/** A MapLibre expression: the colour of a feature by its number in a property, else that of what has none. */
export function plainFill(
  { thresholds, thresholdClasses, classes, noData }: PlainClasses,
  column: string,
): unknown {
  const colorAt = (i: number): string => classes[thresholdClasses[i] ?? 0]?.color ?? noData.color;
  const value = ['get', column];
  const byValue =
    thresholds.length === 0
      ? colorAt(0)
      : ['step', value, colorAt(0), ...thresholds.flatMap((threshold, i) => [threshold, colorAt(i + 1)])];
  return ['case', ['==', ['typeof', value], 'number'], byValue, noData.color];
}
