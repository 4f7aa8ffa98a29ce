import { rangeLabels } from '../../../server/choropleth/labels/index.ts';
import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { LANGUAGE } from '../language.ts';
import { openingBox, type Box } from '../map/map-style.ts';
import { classAt, withRegions } from '../views/answer.ts';
import type { Shown } from './address.ts';
import { COMPARE_TEXTS } from './texts.ts';

/** Whether two maps show the same kind of figure, so that one classification can hold for both. */
export function isSameKind(left: Shown, right: Shown): boolean {
  const of = ({ choropleth, state }: Shown): string => {
    const { kind, unit } = choropleth.metrics.find(({ id }) => id === state.metric) ?? {};
    const { normalize, multiplier, change } = state.options;
    // A smoothed rate is a rate.
    const view = state.view === 'smooth' ? 'classes' : state.view;
    return JSON.stringify([kind, unit, normalize, multiplier, change, view]);
  };
  return of(left) === of(right) && ['classes', 'smooth'].includes(left.state.view);
}

/**
 * Both answers in the classes and colours of the left, as the server gives the right one where the breaks of the
 * left are asked for; values beyond both ends are in the outermost. Labels are those of both together.
 */
export function inClassesOfLeft(left: Answer, right: Answer): { left: Answer; right: Answer } {
  const classes = classesFor(left, right);
  const { noDataColor } = left;
  const statuses = right.statuses.map((entry) => ({ ...entry, color: noDataColor }));
  const placed = right.regions.map((region) =>
    region.value === null || region.class === null
      ? region
      : { ...region, class: classAt(classes, region.value) },
  );
  const { labels } = rangeLabels(
    classes.map((entry) => {
      const isIn = (region: Region): boolean => region.class === entry.id;
      return { ...entry, ...extentOf([...left.regions.filter(isIn), ...placed.filter(isIn)]) };
    }),
    { locale: LANGUAGE },
  );
  const labelled = classes.map((entry, i) => ({ ...entry, label: labels[i] ?? entry.label }));
  return {
    left: withRegions(left, left.regions, labelled),
    right: withRegions({ ...right, noDataColor, statuses }, placed, labelled),
  };
}

/** The classes of the left, the outermost reaching as far as the values of the right. */
function classesFor(left: Answer, right: Answer): Answer['classes'] {
  const { min, max } = extentOf(right.regions);
  const intervals = left.classes.filter(({ isolated }) => !isolated).sort((a, b) => a.upper - b.upper);
  const [first, last] = [intervals[0]?.id, intervals.at(-1)?.id];
  return left.classes.map((entry) => ({
    ...entry,
    lower: entry.id === first ? Math.min(entry.lower, min ?? Infinity) : entry.lower,
    upper: entry.id === last ? Math.max(entry.upper, max ?? -Infinity) : entry.upper,
  }));
}

function extentOf(regions: readonly Region[]): { min: number | null; max: number | null } {
  let [min, max] = [Infinity, -Infinity];
  for (const { value } of regions) {
    if (value === null) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return min > max ? { min: null, max: null } : { min, max };
}

/** What two maps say about one region. */
export interface Pair {
  left: Region | undefined;
  right: Region | undefined;
  /** Left less right; null where there are no two values of the same kind. */
  difference: number | null;
}

export function pairOf(left: Answer | undefined, right: Answer | undefined, code: string): Pair {
  const a = left?.byCode.get(code);
  const b = right?.byCode.get(code);
  const isSame = left?.metric.unit === right?.metric.unit && left?.metric.kind === right?.metric.kind;
  const has = isSame && a?.value != null && b?.value != null;
  return { left: a, right: b, difference: has ? (a.value ?? 0) - (b.value ?? 0) : null };
}

/** `+1.2 points`: a difference of percentages is one of points. */
export function differenceText(answer: Answer, difference: number | null | undefined): string {
  if (difference == null) return '';
  const text = answer.valueText({ value: difference, status: 'ok' } as Region);
  const isPlus = difference > 0 && /[1-9]/.test(text);
  return `${isPlus ? '+' : ''}${text.replace(/%$/, ` ${COMPARE_TEXTS.points}`)}`;
}

/** The regions of both with both values, as the table shows them. */
export function bothIn(left: Answer, right: Answer): Answer {
  const rightOnly = right.regions.filter(({ code }) => !left.byCode.has(code));
  const absent = rightOnly.map((region) => ({
    ...region,
    value: null,
    class: null,
    numerator: null,
    denominator: null,
    rank: null,
  }));
  const regions = [...left.regions, ...absent].map((region) => {
    const { right: other, difference } = pairOf(left, right, region.code);
    return { ...region, second: other?.value ?? null, difference };
  });
  return {
    ...left,
    regions,
    byCode: new Map(regions.map((region) => [region.code, region])),
    second: { label: nameOf(right) },
    valueText: (region) => textIn(left, region.code),
    secondText: (region) => textIn(right, region.code),
    differenceText: (region) => differenceText(left, region.difference),
  };
}

/** What a map says about a region in words. */
export function textIn(answer: Answer | undefined, code: string): string {
  const region = answer?.byCode.get(code);
  return answer && region ? answer.valueText(region) : COMPARE_TEXTS.absent;
}

export const nameOf = ({ title, metric }: Answer): string => `${title} – ${metric.label}`;

/** What keeps the regions of two maps from being compared, in sentences; empty where nothing does. */
export function mismatches(left: Answer, right: Answer): string {
  const common = left.regions.filter(({ code }) => right.byCode.has(code));
  if (common.length === 0)
    return [COMPARE_TEXTS.noneCommon, ...(isSamePlace(left, right) ? [] : [COMPARE_TEXTS.apart])].join(' ');
  const number = (count: number): string => count.toLocaleString(LANGUAGE);
  const onlyLeft = left.regions.length - common.length;
  const onlyRight = right.regions.length - common.length;
  const renamed = common.filter(({ code, name }) => {
    const other = right.byCode.get(code)?.name ?? '';
    return name !== '' && other !== '' && name.toLowerCase() !== other.toLowerCase();
  });
  const [first] = renamed;
  const example = first && `${first.name} / ${right.byCode.get(first.code)?.name} (${first.code})`;
  return [
    ...(onlyLeft > 0 ? [COMPARE_TEXTS.onlyLeft(number(onlyLeft))] : []),
    ...(onlyRight > 0 ? [COMPARE_TEXTS.onlyRight(number(onlyRight))] : []),
    ...(example ? [COMPARE_TEXTS.otherNames(number(renamed.length), example)] : []),
  ].join(' ');
}

/** Whether what two maps open with overlaps, so that both can be looked at from one place. */
export function isSamePlace(left: Answer, right: Answer): boolean {
  const [a, b] = [openingBox(left.style), openingBox(right.style)];
  return !a || !b || overlap(a, b);
}

function overlap([west, south, east, north]: Box, [west2, south2, east2, north2]: Box): boolean {
  return west <= east2 && west2 <= east && south <= north2 && south2 <= north;
}
