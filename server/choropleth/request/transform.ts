import { invalidParameter } from '../../errors.ts';
import type { Choropleth, Denominator, Metric } from '../definitions.ts';
import type { NormalizeChoice } from './options.ts';

/** What a count is divided by, so that regions of different size compare. */
export type Normalize = { readonly multiplier: number } & (
  { readonly by: 'area' | 'share' } | ({ readonly by: 'per' } & Denominator)
);

/** The difference between two periods: `to − from`, `100 (to − from) / from` or `to / from`. */
export interface Change {
  readonly kind: 'abs' | 'pct' | 'ratio';
  readonly from: string;
  readonly to: string;
}

/** @throws AppError `invalid_parameter` */
export function readNormalize(
  choropleth: Choropleth,
  metric: Metric,
  query: { normalize?: NormalizeChoice | undefined; multiplier?: number | undefined },
): Normalize | undefined {
  const choice = query.normalize;
  if (!choice) {
    if (query.multiplier === undefined) return undefined;
    throw invalidParameter('multiplier', query.multiplier, 'left out without normalize');
  }
  if (metric.kind !== 'sum')
    throw invalidParameter(
      'normalize',
      choice.by,
      `left out: ${metric.id} is no count, but a ${metric.kind}`,
    );
  const multiplier = query.multiplier ?? (choice.by === 'share' ? 100 : 1);
  if (choice.by !== 'per') return { by: choice.by, multiplier };
  const denominator = choropleth.denominators.find(({ column }) => column === choice.column);
  if (denominator) return { by: 'per', ...denominator, multiplier };
  const declared = choropleth.denominators.map(({ column }) => `per:${column}`);
  throw invalidParameter(
    'normalize',
    `per:${choice.column}`,
    `one of ${[...declared, 'area', 'share'].join(', ')}`,
  );
}

/** @throws AppError `invalid_parameter` */
export function readChange(
  choropleth: Choropleth,
  {
    change,
    from,
    to,
  }: { change?: Change['kind'] | undefined; from?: string | undefined; to?: string | undefined },
  dimensions: ReadonlyMap<string, readonly string[]>,
): Change | undefined {
  const { time } = choropleth.cube;
  if (!change) {
    if (from !== undefined) throw invalidParameter('from', from, 'left out without change');
    if (to !== undefined) throw invalidParameter('to', to, 'left out without change');
    return undefined;
  }
  if (!time) throw invalidParameter('change', change, `left out: ${choropleth.id} has no time dimension`);
  if (from === undefined) throw invalidParameter('from', null, `a value of ${time} with change`);
  if (to === undefined) throw invalidParameter('to', null, `a value of ${time} with change`);
  if (dimensions.has(time))
    throw invalidParameter(time, dimensions.get(time)?.join(), 'left out with change');
  return { kind: change, from, to };
}

/** The metric as it is shown after normalizing and over a change. */
export function presentedMetric(
  metric: Metric,
  normalize: Normalize | undefined,
  change: Change | undefined,
): Metric {
  const shown = normalize ? normalizedMetric(metric, normalize) : metric;
  if (!change) return shown;
  const label = `${shown.label}, ${change.from} to ${change.to}`;
  if (change.kind === 'abs') return { ...shown, label: `${label}: change` };
  if (change.kind === 'pct') return { ...shown, label: `${label}: change`, unit: '%', digits: undefined };
  return { ...shown, label: `${label}: ratio`, unit: undefined, digits: undefined };
}

function normalizedMetric(metric: Metric, normalize: Normalize): Metric {
  const { multiplier } = normalize;
  const times = multiplier === 1 ? '' : `${multiplier} `;
  const [denominator, label, unit] =
    normalize.by === 'per'
      ? [normalize.column, `${metric.label} per ${times}${normalize.column}`, undefined]
      : normalize.by === 'area'
        ? ['area', `${metric.label} per ${times}km²`, `per ${times}km²`]
        : ['total', `${metric.label}, share of the total`, multiplier === 100 ? '%' : undefined];
  return { ...metric, kind: 'ratio', denominator, multiplier, label, unit, digits: undefined };
}
