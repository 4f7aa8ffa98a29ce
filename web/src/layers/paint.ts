import type { ExpressionSpecification } from 'maplibre-gl';
import { classify } from '../../../server/choropleth/classify/index.ts';
import { noDataColor, ramp, SCHEMES, type Theme } from '../../../server/choropleth/color/index.ts';
import { rangeLabels } from '../../../server/choropleth/labels/index.ts';
import { LANGUAGE } from '../language.ts';
import type { LayersState } from './address.ts';
import type { ColumnStatistics, Field } from './fields.ts';

/** Pure: colours of a layer by one of its fields, with the legend that says what they mean. */

export interface LegendEntry {
  label: string;
  color: string;
  /** Of the rows, 0–1. */
  share: number;
  kind: 'class' | 'other' | 'missing';
}

export interface Painted {
  color: ExpressionSpecification | string;
  legend: readonly LegendEntry[];
}

export type PaintOptions = Pick<LayersState, 'method' | 'classes' | 'scheme' | 'reverse'>;

export interface PaintTexts {
  other: string;
  missing: string;
}

export const SEQUENTIAL = SCHEMES.filter(({ kind }) => kind === 'sequential').map(({ name }) => name);
/** Eight hues that are told apart as dots and lines too. */
const CATEGORIES = 'Dark2';
const MOST_CATEGORIES = 8;
const OTHER: Record<Theme, string> = { light: '#8b939c', dark: '#79828c' };

/** Undefined where nothing can be told apart by the field. */
export function paintBy(
  field: Field,
  options: PaintOptions,
  theme: Theme,
  texts: PaintTexts,
): Painted | undefined {
  const { statistics } = field;
  if (!statistics || statistics.present === 0) return undefined;
  if (statistics.percentiles) return byClass(field.name, statistics, options, theme, texts);
  return statistics.values?.length ? byCategory(field.name, statistics, theme, texts) : undefined;
}

/** The integer key of a table is the id of its features, and no attribute. */
const valueOf = (name: string): ExpressionSpecification => ['coalesce', ['get', name], ['id']];

const missing = ({ present, missing: absent }: ColumnStatistics): number => absent / (present + absent);

function byClass(
  name: string,
  statistics: ColumnStatistics,
  { method, classes, scheme, reverse }: PaintOptions,
  theme: Theme,
  texts: PaintTexts,
): Painted {
  // Each percentile stands for as many rows.
  const made = classify(statistics.percentiles ?? [], { method, classes });
  const colors = ramp(SEQUENTIAL.includes(scheme) ? scheme : 'YlGnBu', made.classes.length, { reverse });
  const empty = noDataColor(theme, colors);
  const colorOf = (id: number): string => colors[id] ?? empty;
  const { labels } = rangeLabels(made.classes, { locale: LANGUAGE });
  const value = valueOf(name);
  const steps = made.thresholds.flatMap((at, i) => [at, colorOf(made.thresholdClasses[i + 1] ?? 0)]);
  const first = colorOf(made.thresholdClasses[0] ?? 0);
  const absent = missing(statistics);
  return {
    color: [
      'case',
      ['==', ['typeof', value], 'number'],
      steps.length === 0 ? first : (['step', value, first, ...steps] as unknown as ExpressionSpecification),
      empty,
    ],
    legend: [
      ...made.classes.map(({ id, count }): LegendEntry => {
        const share = (count / made.n) * (1 - absent);
        return { label: labels[id] ?? '', color: colorOf(id), share, kind: 'class' };
      }),
      ...missingEntry(absent, empty, texts),
    ],
  };
}

function byCategory(name: string, statistics: ColumnStatistics, theme: Theme, texts: PaintTexts): Painted {
  const rows = statistics.present + statistics.missing;
  const named = (statistics.values ?? []).slice(0, MOST_CATEGORIES);
  const colors = ramp(CATEGORIES, Math.max(3, named.length));
  const rest = statistics.present - named.reduce((sum, { rows: count }) => sum + count, 0);
  const empty = noDataColor(theme, colors);
  const pairs = named.flatMap(({ value }, i) => [String(value), colors[i] ?? empty]);
  const match = ['match', ['to-string', ['get', name]], ...pairs, OTHER[theme]];
  return {
    color: ['case', ['has', name], match as unknown as ExpressionSpecification, empty],
    legend: [
      ...named.map(({ value, rows: count }, i): LegendEntry => {
        return { label: String(value), color: colors[i] ?? empty, share: count / rows, kind: 'class' };
      }),
      ...(rest > 0
        ? [{ label: texts.other, color: OTHER[theme], share: rest / rows, kind: 'other' } as const]
        : []),
      ...missingEntry(missing(statistics), empty, texts),
    ],
  };
}

const missingEntry = (share: number, color: string, texts: PaintTexts): LegendEntry[] =>
  share > 0 ? [{ label: texts.missing, color, share, kind: 'missing' }] : [];
