import type { Answer, LegendClass } from '../answer.ts';
import type { Region, ViewDocument } from '../api.ts';
import { TEXTS } from '../texts.ts';

/** The answer as a view has it: other values, or other classes than those of the figures. */
export function seenAs(answer: Answer, view: ViewDocument | undefined): Answer {
  if (!view) return answer;
  const rows = new Map(view.rows.map((row) => [String(row.code), row]));
  if (view.kind === 'smooth') return smoothed(answer, rows);
  return view.kind === 'clusters' ? clustered(answer, rows) : paired(answer, view, rows);
}

type Rows = ReadonlyMap<string, ViewDocument['rows'][number]>;

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Smoothed rates in the classes of the raw ones, so that both maps compare. */
function smoothed(answer: Answer, rows: Rows): Answer {
  const values = answer.regions.map(({ code }) => numberOf(rows.get(code)?.smoothed));
  const rank = new Map<number, number>();
  const descending = values.filter((value) => value !== null).sort((a, b) => b - a);
  for (const [i, value] of descending.entries()) if (!rank.has(value)) rank.set(value, i + 1);
  const regions = answer.regions.map((region, i): Region => {
    const value = values[i] ?? null;
    return {
      ...region,
      value,
      class: value === null ? null : classAt(answer.classes, value),
      rank: value === null ? null : (rank.get(value) ?? null),
    };
  });
  const metric = { ...answer.metric, label: TEXTS.smoothed(answer.metric.label) };
  return withRegions({ ...answer, metric }, regions, answer.classes);
}

/** The class whose interval a value lies in; beyond both ends the outermost. */
export function classAt(classes: readonly LegendClass[], value: number): number | null {
  const isolated = classes.find((entry) => entry.isolated && entry.upper === value);
  if (isolated) return isolated.id;
  const intervals = classes.filter((entry) => !entry.isolated).sort((a, b) => a.upper - b.upper);
  return (intervals.find(({ upper }) => value <= upper) ?? intervals.at(-1))?.id ?? null;
}

/** As maps of local Moran's I are coloured since GeoDa: what stands out is dark, what is odd among others is pale. */
const CLUSTER_COLORS = {
  HH: '#b2182b',
  LL: '#2166ac',
  HL: '#f4a582',
  LH: '#92c5de',
  none: '#e6e6e6',
} as const;
type Cluster = keyof typeof CLUSTER_COLORS;
const CLUSTERS = Object.keys(CLUSTER_COLORS) as Cluster[];

function clustered(answer: Answer, rows: Rows): Answer {
  const clusterOf = (code: string): number | null => {
    const row = rows.get(code);
    if (row?.significant == null) return null;
    return CLUSTERS.indexOf(row.significant === true ? (row.quadrant as Cluster) : 'none');
  };
  const regions = answer.regions.map((region) => ({ ...region, class: clusterOf(region.code) }));
  const classes = CLUSTERS.map((cluster, id) => entry(id, CLUSTER_COLORS[cluster], TEXTS.clusters[cluster]));
  return withRegions(answer, regions, classes);
}

function paired(answer: Answer, { classes = [], variables = [], dim = 0 }: ViewDocument, rows: Rows): Answer {
  const [first, second] = variables;
  if (!first || !second) return answer;
  const regions = answer.regions.map((region): Region => {
    const row = rows.get(region.code);
    return {
      ...region,
      value: numberOf(row?.first),
      second: numberOf(row?.second),
      class: numberOf(row?.class),
      status: (row?.status ?? region.status) as Region['status'],
    };
  });
  const cells = classes.map(({ id, color, first: a, second: b }) =>
    entry(id, color, TEXTS.pairCell(first.labels[a] ?? '', second.labels[b] ?? '')),
  );
  const shown = withRegions(answer, regions, cells);
  return { ...shown, second, grid: { dim, first, second } };
}

function entry(id: number, color: string, label: string): LegendClass {
  return { id, lower: id, upper: id, isolated: false, count: 0, color, label };
}

/** The answer with other regions, its classes and statuses counted anew. */
export function withRegions(
  answer: Answer,
  regions: readonly Region[],
  classes: readonly LegendClass[],
): Answer {
  const counts = new Map<number | null, number>();
  for (const region of regions) counts.set(region.class, (counts.get(region.class) ?? 0) + 1);
  const counted = classes.map((each) => ({ ...each, count: counts.get(each.id) ?? 0 }));
  const byId = new Map(counted.map((each) => [each.id, each]));
  const classOf = ({ class: id }: Region) => (id === null ? undefined : byId.get(id));
  return {
    ...answer,
    regions,
    classes: counted,
    byCode: new Map(regions.map((region) => [region.code, region])),
    total: regions.filter(({ value }) => value !== null).length,
    statuses: answer.statuses
      .map((each) => ({ ...each, count: regions.filter(({ status }) => status === each.status).length }))
      .filter(({ count }) => count > 0),
    classOf,
    colorOf: (region) => classOf(region)?.color ?? answer.noDataColor,
  };
}
