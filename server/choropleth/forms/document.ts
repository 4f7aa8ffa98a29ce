import type { Answer } from '../answer.ts';
import type { Choropleth } from '../definitions.ts';
import { attributionOf } from './captions.ts';
import type { Why } from '../disclosure/guard.ts';
import type { Representation } from '../../http/answers/respond.ts';
import { countUpTo, sortValues } from '../classify/sorted.ts';
import { outlineTexts } from '../regions/outlines.ts';
import { hatchOf, type Hatch } from './hatch.ts';
import { withDigits } from '../labels/index.ts';
import { STATUSES, type RegionValue, type ValueStatus } from '../figures/values.ts';
import { objectText, rowsText, written } from './writing.ts';

/** What every form says of what it was made from. */
export function describeAnswer(answer: Answer): Record<string, unknown> {
  const { request, classification, regions } = answer;
  const { choropleth, metric } = request;
  const attribution = attributionOf(request);
  return {
    id: choropleth.id,
    title: choropleth.title,
    ...(choropleth.source ? { source: choropleth.source } : {}),
    ...(attribution ? { attribution } : {}),
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
      counts: classification.counts,
      thresholds: classification.thresholds,
      thresholdClasses: classification.thresholdClasses,
      ...(answer.center === undefined ? {} : { center: answer.center }),
      n: classification.n,
      noData: classification.dropped,
      gvf: classification.gvf,
      tai: classification.tai,
    },
    warnings: answer.warnings,
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
    statuses: statusEntries(answer),
  };
}

/** The values alone, to be joined by code to geometry that the client has. */
export function valuesDocument(answer: Answer): Generator<string> {
  const rankOf = ranking(answer.ranked ?? answer.values);
  const isChange = answer.request.change !== undefined;
  const head = {
    ...describeAnswer(answer),
    parents: Object.fromEntries(answer.parentNames),
    columns: [
      ...['code', 'name', 'parent', 'value', 'numerator', 'denominator', 'class', 'rank', 'status'],
      ...(isChange ? ['from', 'to'] : []),
    ],
  };
  return rowsText(head, answer.values, (entry) => [
    entry.code,
    entry.name,
    entry.parent,
    entry.value,
    entry.numerator,
    entry.denominator,
    answer.classification.assign(entry.value),
    rankOf(entry.value),
    entry.status,
    ...(isChange ? [entry.from ?? null, entry.to ?? null] : []),
  ]);
}

/** Why regions are hidden: their own small count, or whom they would give away. Not for the public. */
export function suppressedDocument(answer: Answer): Generator<string> {
  const { suppress } = answer.request.choropleth;
  const hidden = answer.values.filter(({ status }) => status === 'suppressed');
  const head = {
    ...describeAnswer(answer),
    below: suppress?.below ?? null,
    regions: answer.values.length,
    reasons: REASONS,
    columns: ['code', 'name', 'parent', 'because', 'protects'],
  };
  return rowsText(head, hidden, ({ code, name, parent, why }) => [
    code,
    name,
    parent,
    why?.because ?? null,
    why?.of ?? [],
  ]);
}

const REASONS: Record<Why['because'], string> = {
  small: 'The count is small itself.',
  values: 'Values of a dimension go together, as one of them is small.',
  sibling: 'It would give regions beside it away.',
  sum: 'Without it, the sum of regions beside it would be small.',
  parent: 'It would give the region above it away.',
  part: 'Of the metric only a part of the count is small, or would be in a region beside it.',
};

/**
 * The FeatureCollection. Outlines are texts already. `zoom` is the map zoom whose detail the
 * outlines have, `precision` the decimal places of their degrees.
 */
export async function featureCollection(
  answer: Answer,
  zoom: number,
  precision: number,
): Promise<Representation> {
  const outlines = await outlineTexts(answer.regions.layer, zoom, precision);
  const { classes, statuses } = classesDocument(answer);
  const about = { ...describeAnswer(answer), classes, statuses, zoom, precision };
  const head = { type: 'FeatureCollection', choropleth: about };
  const texts = objectText(head, 'features', answer.values, (entry) => {
    const classId = answer.classification.assign(entry.value);
    const properties = {
      code: entry.code,
      name: entry.name,
      parent: entry.parent,
      value: entry.value,
      ...(entry.numerator === null ? {} : { numerator: entry.numerator }),
      ...(entry.denominator === null ? {} : { denominator: entry.denominator }),
      ...(answer.request.change ? { from: entry.from ?? null, to: entry.to ?? null } : {}),
      class: classId,
      color: classId === null ? answer.noDataColor : answer.colors[classId],
      status: entry.status,
    };
    const id = answer.regions.layer.ids[entry.row];
    return `{"type":"Feature",${id === undefined ? '' : `"id":${id},`}"geometry":${outlines[entry.row]},"properties":${JSON.stringify(properties)}}`;
  });
  return written(texts, 'application/geo+json; charset=utf-8');
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
    levelLabels: Object.fromEntries(levels.map((level) => [level.id, level.label])),
    dimensions: cube.dimensions,
    ...(choropleth.denominators.length > 0
      ? { denominators: choropleth.denominators.map(({ column }) => column) }
      : {}),
    ...(cube.time ? { time: cube.time } : {}),
    metrics: metrics.map((metric) => ({
      id: metric.id,
      kind: metric.kind,
      label: metric.label,
      ...(metric.unit ? { unit: metric.unit } : {}),
    })),
    classify: { ...classify, metric: classify.metric ?? metrics[0].id },
    ...(suppressBelow === undefined ? {} : { suppressBelow }),
    ...(choropleth.unreliableBelow === undefined ? {} : { unreliableBelow: choropleth.unreliableBelow }),
    links: Object.fromEntries(
      ['', '/classes.json', '/values.json', '/style.json', '/tiles.json'].map((form) => [
        form === '' ? 'features' : form.slice(1).replace('.json', ''),
        `${base}/gis/choropleth/${id}${form}`,
      ]),
    ),
  };
}

/** A figure made of values, such as a smoothed one, with the metric's own number of decimals. */
export function shown(answer: Answer, value: number | null): number | null {
  const { digits } = answer.request.metric;
  return value === null || digits === undefined ? value : withDigits(value, digits);
}

/** Rank of a value among all, 1 for the highest; equal values share a rank. Null for none. */
export function ranking(
  values: readonly Pick<RegionValue, 'value'>[],
): (value: number | null) => number | null {
  const { values: sorted } = sortValues(values.map(({ value }) => value));
  return (value) => (value === null ? null : sorted.length - countUpTo(sorted, value) + 1);
}

/** Rank by row of those that have a value. */
export function rankByRow(values: readonly RegionValue[]): Map<number, number> {
  const rankOf = ranking(values);
  return new Map(values.flatMap(({ row, value }) => (value === null ? [] : [[row, rankOf(value)!]])));
}

/** Legend entries of the statuses that are no class, those that occur: colour and, where hatched, the hatching. */
export function statusEntries(answer: Answer): StatusEntry[] {
  return STATUSES.filter((status) => status !== 'ok')
    .map((status) => {
      const hatch = hatchOf(status, answer.request.theme);
      return {
        status,
        label: STATUS_LABELS[status],
        count: answer.values.filter((entry) => entry.status === status).length,
        color: answer.noDataColor,
        ...(hatch ? { hatch } : {}),
      };
    })
    .filter(({ count }) => count > 0);
}

export interface StatusEntry {
  readonly status: ValueStatus;
  readonly label: string;
  readonly count: number;
  readonly color: string;
  readonly hatch?: Hatch;
}

const STATUS_LABELS: Record<ValueStatus, string> = {
  ok: 'Shown',
  no_data: 'No data',
  suppressed: 'Hidden: too few to be shown',
  unreliable: 'Too few to be reliable',
};
