import type { Answer } from './answer.ts';
import type { Choropleth } from './definitions.ts';
import { outlineTexts } from './geometry.ts';
import type { RegionValue } from './values.ts';

/** What every form says of what it was made from. */
export function describeAnswer(answer: Answer): Record<string, unknown> {
  const { request, classification, regions } = answer;
  const { choropleth, metric } = request;
  return {
    id: choropleth.id,
    title: choropleth.title,
    ...(choropleth.source ? { source: choropleth.source } : {}),
    parameters: answer.parameters,
    version: answer.version,
    generation: answer.generation,
    refreshedAt: answer.refreshedAt ?? null,
    regions: regions.set.id,
    metric: {
      id: metric.id,
      kind: metric.kind,
      label: metric.label,
      ...(metric.unit ? { unit: metric.unit } : {}),
    },
    classification: {
      method: classification.method,
      classesRequested: classification.classesRequested,
      classesActual: classification.classesActual,
      breaks: classification.breaks,
      thresholds: classification.thresholds,
      n: classification.n,
      noData: classification.dropped,
      gvf: classification.gvf,
      tai: classification.tai,
    },
    warnings: warningsOf(answer),
  };
}

/** The class breaks: intervals with counts and colours, and the statuses that are no class. */
export function classesDocument(answer: Answer): Record<string, unknown> {
  return {
    ...describeAnswer(answer),
    classes: answer.classification.classes.map(({ id, lower, upper, closedLower, isolated, count }) => ({
      id,
      lower,
      upper,
      closedLower,
      closedUpper: true,
      isolated,
      count,
      color: answer.colors[id],
    })),
    statuses: statusCounts(answer.values).map(([status, count]) => ({
      status,
      count,
      color: answer.noDataColor,
    })),
  };
}

/** The values alone, to be joined by code to geometry that the client has. */
export function valuesDocument(answer: Answer): Record<string, unknown> {
  const ranks = rankByRow(answer.values);
  return {
    ...describeAnswer(answer),
    parents: Object.fromEntries(answer.parentNames),
    columns: ['code', 'name', 'parent', 'value', 'numerator', 'denominator', 'class', 'rank', 'status'],
    rows: answer.values.map((entry) => [
      entry.code,
      entry.name,
      entry.parent,
      shown(answer, entry.value),
      entry.numerator,
      entry.denominator,
      answer.classification.assign(entry.value),
      ranks.get(entry.row) ?? null,
      entry.status,
    ]),
  };
}

/**
 * The FeatureCollection, as text: outlines are texts already. `zoom` is the map zoom whose detail the
 * outlines have, `precision` the decimal places of their degrees.
 */
export function featureCollectionText(answer: Answer, zoom: number, precision: number): string {
  const outlines = outlineTexts(answer.regions.layer, zoom, precision);
  const features = answer.values.map((entry) => {
    const classId = answer.classification.assign(entry.value);
    const properties = {
      code: entry.code,
      name: entry.name,
      parent: entry.parent,
      value: shown(answer, entry.value),
      ...(entry.numerator === null ? {} : { numerator: entry.numerator }),
      ...(entry.denominator === null ? {} : { denominator: entry.denominator }),
      class: classId,
      color: classId === null ? answer.noDataColor : answer.colors[classId],
      status: entry.status,
    };
    const id = answer.regions.layer.ids[entry.row];
    return `{"type":"Feature",${id === undefined ? '' : `"id":${id},`}"geometry":${outlines[entry.row]},"properties":${JSON.stringify(properties)}}`;
  });
  const { classes, statuses } = classesDocument(answer);
  const about = { ...describeAnswer(answer), classes, statuses, zoom, precision };
  return `{"type":"FeatureCollection","choropleth":${JSON.stringify(about)},"features":[${features.join(',')}]}`;
}

/** One entry of the list of choropleths. */
export function summary(choropleth: Choropleth, base: string): Record<string, unknown> {
  const { id, title, description, source, levels, cube, metrics, classify, suppressBelow } = choropleth;
  return {
    id,
    title,
    ...(description ? { description } : {}),
    ...(source ? { source } : {}),
    available: true,
    levels: levels.map((level) => level.id),
    dimensions: cube.dimensions,
    ...(cube.time ? { time: cube.time } : {}),
    metrics: metrics.map((metric) => ({
      id: metric.id,
      kind: metric.kind,
      label: metric.label,
      ...(metric.unit ? { unit: metric.unit } : {}),
    })),
    classify: { ...classify, metric: classify.metric ?? metrics[0].id },
    ...(suppressBelow === undefined ? {} : { suppressBelow }),
    links: Object.fromEntries(
      ['', '/classes.json', '/values.json', '/style.json', '/tiles.json'].map((form) => [
        form === '' ? 'features' : form.slice(1).replace('.json', ''),
        `${base}/gis/choropleth/${id}${form}`,
      ]),
    ),
  };
}

/** A value with the metric's own number of decimals. */
export function shown(answer: Answer, value: number | null): number | null {
  const { digits } = answer.request.metric;
  return value === null || digits === undefined ? value : Number(value.toFixed(digits));
}

/** Rank by row, 1 for the highest value; equal values share a rank. */
export function rankByRow(values: readonly RegionValue[]): Map<number, number> {
  const ranked = values
    .filter((entry) => entry.value !== null)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const ranks = new Map<number, number>();
  let rank = 0;
  for (const [i, entry] of ranked.entries()) {
    if (i === 0 || entry.value !== ranked[i - 1]?.value) rank = i + 1;
    ranks.set(entry.row, rank);
  }
  return ranks;
}

function statusCounts(values: readonly RegionValue[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { status } of values) if (status !== 'ok') counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts];
}

function warningsOf({ request, classification }: Answer): { code: string; message: string }[] {
  const warnings: { code: string; message: string }[] = [...classification.warnings];
  if (request.metric.kind === 'sum') {
    warnings.push({
      code: 'count_not_normalized',
      message: 'A count mostly shows where many live; a ratio compares regions of different size.',
    });
  }
  return warnings;
}
