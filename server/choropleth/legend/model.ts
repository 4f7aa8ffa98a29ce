import type { Answer } from '../answer.ts';
import { creditsOf } from '../forms/captions.ts';
import { paletteOf, STATUS_FILLS, type Palette } from '../draw/page/theme.ts';
import { formatNumber, rangeLabels, type Locale } from '../labels/index.ts';
import type { RegionValue, ValueStatus } from '../figures/values.ts';
import { classHistogram, type ClassHistogram } from './histogram.ts';
import { WORDS } from './words.ts';

export interface ClassEntry {
  readonly id: number;
  readonly label: string;
  readonly color: string;
  readonly lower: number;
  readonly upper: number;
  readonly closedLower: boolean;
  readonly isolated: boolean;
  /** Regions shown in this class. */
  readonly count: number;
}

export interface StatusEntry {
  readonly status: Exclude<ValueStatus, 'ok'>;
  readonly label: string;
  readonly color: string;
  readonly pattern: (typeof STATUS_FILLS)[keyof typeof STATUS_FILLS];
  readonly count: number;
}

/** What a legend says, in the order in which it says it. */
export interface Legend {
  readonly locale: Locale;
  readonly title: string;
  /** Metric and unit: `Unemployment rate (%)`. */
  readonly heading: string;
  /** Ascending by value; isolated values where they belong. */
  readonly classes: readonly ClassEntry[];
  /** Only what occurs. */
  readonly statuses: readonly StatusEntry[];
  /** Digits of the labels, and whether every value rounded to them lies in the label of its class alone. */
  readonly digits: number;
  readonly exact: boolean;
  readonly source: string | undefined;
  readonly histogram: ClassHistogram | undefined;
  readonly palette: Palette;
}

export interface LegendOptions {
  readonly locale: Locale;
  readonly histogram?: boolean;
}

/** The legend of an answer. Its counts are those of the regions shown, its classes those of the whole set. */
export function legendOf(answer: Answer, { locale, histogram }: LegendOptions): Legend {
  const { choropleth } = answer.request;
  const palette = paletteOf(answer);
  const { labels, digits, exact } = rangeLabels(answer.classification.classes, { locale });
  return {
    locale,
    title: choropleth.title,
    heading: headingOf(answer),
    classes: classEntries(answer, labels, palette),
    statuses: statusEntries(answer.values, palette, locale),
    digits,
    exact,
    source: creditsOf(answer.request),
    histogram: histogram
      ? classHistogram(
          answer.values.map((entry) => entry.value),
          answer.classification,
        )
      : undefined,
    palette,
  };
}

/** Metric and unit. */
export function headingOf({ request: { metric } }: Answer): string {
  return metric.unit ? `${metric.label} (${metric.unit})` : metric.label;
}

/**
 * A value as texts show it: with the metric's digits, else with as many decimals as tell it from its class bounds.
 * @param own digits of the metric
 * @param digits of the legend
 */
export function valueText(value: number, locale: Locale, own: number | undefined, digits: number): string {
  return formatNumber(value, { locale }, own ?? Math.max(0, digits));
}

function classEntries(answer: Answer, labels: readonly string[], palette: Palette): ClassEntry[] {
  const { classes, assign } = answer.classification;
  const counts = classes.map(() => 0);
  for (const { value } of answer.values) {
    const id = assign(value);
    if (id !== null) counts[id]! += 1;
  }
  return classes
    .map(({ id, lower, upper, closedLower, isolated }) => ({
      id,
      label: labels[id] ?? '',
      color: palette.classes[id] ?? palette.noData,
      lower,
      upper,
      closedLower,
      isolated,
      count: counts[id] ?? 0,
    }))
    .sort((a, b) => a.upper - b.upper || Number(b.isolated) - Number(a.isolated));
}

const STATUSES = ['no_data', 'suppressed', 'unreliable'] as const;

function statusEntries(values: readonly RegionValue[], palette: Palette, locale: Locale): StatusEntry[] {
  return STATUSES.map((status) => ({
    status,
    label: WORDS[locale].status[status],
    color: palette.noData,
    pattern: STATUS_FILLS[status],
    count: values.filter((entry) => entry.status === status).length,
  })).filter(({ count }) => count > 0);
}
