import { formatNumber, rangeLabels } from '../../server/choropleth/labels/index.ts';
import { isolatedColor, noDataColor, type Theme } from '../../server/choropleth/color/index.ts';
import type { Choropleth, ClassEntry, Documents, Metric, Region, Status } from './api.ts';
import { LANGUAGE } from './language.ts';
import { TEXTS } from './texts.ts';

export interface LegendClass extends ClassEntry {
  label: string;
}

/** What the parts of the page draw from: the documents, labelled and coloured. */
export interface Answer {
  choropleth: Pick<Choropleth, 'id'>;
  title: string;
  source: string | undefined;
  refreshedAt: string | undefined;
  metric: Metric;
  warnings: readonly { code: string; message: string }[];
  style: Documents['style'];
  regions: readonly Region[];
  byCode: ReadonlyMap<string, Region>;
  classes: readonly LegendClass[];
  statuses: readonly { status: Status; count: number; color: string }[];
  /** Regions with a value. */
  total: number;
  /** The second metric where two are shown, and how their classes make a square. */
  second?: { label: string };
  grid?: { dim: number; first: { label: string }; second: { label: string } };
  /** The colour of regions without a value. */
  noDataColor: string;
  classOf(region: Region): LegendClass | undefined;
  colorOf(region: Region): string;
  /** What a region has: its value with the unit, or the words for why it has none. */
  valueText(region: Region): string;
  /** The second value in words, where two metrics are shown. */
  secondText(region: Region): string;
  /** The difference in words, where values are compared. */
  differenceText?(region: Region): string;
}

export function toAnswer(choropleth: Pick<Choropleth, 'id'>, documents: Documents, theme: Theme): Answer {
  const { classes: document, regions, style } = documents;
  const published = document.classes.map(({ color }) => color);
  const recolored = theme === 'dark' ? darkColors(document.classes) : new Map<string, string>();
  const themed = (color: string): string => recolored.get(color) ?? color;
  const { labels, digits } = rangeLabels(
    document.classes.map((entry) => withExtent(entry, regions)),
    { locale: LANGUAGE },
  );
  const classes = document.classes.map((entry, i) => ({
    ...entry,
    color: themed(entry.color),
    label: labels[i] ?? '',
  }));
  const byId = new Map(classes.map((entry) => [entry.id, entry]));
  const none = themed(noDataColor('light', published));
  const { unit } = document.metric;
  const suffix = unit === undefined ? '' : unit === '%' ? '%' : ` ${unit}`;
  return {
    choropleth,
    title: document.title,
    source: document.source,
    refreshedAt: document.refreshedAt ?? undefined,
    metric: document.metric,
    warnings: document.warnings,
    style,
    regions,
    byCode: new Map(regions.map((region) => [region.code, region])),
    classes,
    statuses: document.statuses.map((entry) => ({ ...entry, color: themed(entry.color) })),
    total: document.classification.n,
    noDataColor: none,
    classOf: (region) => (region.class === null ? undefined : byId.get(region.class)),
    colorOf: (region) => (region.class === null ? none : (byId.get(region.class)?.color ?? none)),
    valueText: ({ value, status }) =>
      value === null
        ? TEXTS.statuses[status]
        : formatNumber(value, { suffix, locale: LANGUAGE }, Math.max(0, digits)),
    secondText: ({ second }) => (second == null ? '' : formatNumber(second, { locale: LANGUAGE }, 2)),
  };
}

/** Smallest and largest value of a class, which its label is made to include. */
function withExtent(entry: ClassEntry, regions: readonly Region[]) {
  let [min, max] = [Infinity, -Infinity];
  for (const region of regions) {
    if (region.class !== entry.id || region.value === null) continue;
    min = Math.min(min, region.value);
    max = Math.max(max, region.value);
  }
  return min > max ? { ...entry, min: null, max: null } : { ...entry, min, max };
}

/**
 * The server's neutral colours are made for a light background, where they recede; on a dark one they would
 * shine. Classes keep their colours: a legend means the same in both themes.
 */
function darkColors(classes: readonly ClassEntry[]): Map<string, string> {
  const all = classes.map(({ color }) => color);
  const intervals = classes.filter(({ isolated }) => !isolated).map(({ color }) => color);
  const isolated = classes.filter((entry) => entry.isolated);
  return new Map([
    [noDataColor('light', all), noDataColor('dark', intervals)],
    ...isolated.map(({ color }): [string, string] => [color, isolatedColor('dark', intervals)]),
  ]);
}
