import type { CubeRow } from './cube.ts';
import type { Metric } from '../definitions.ts';
import type { Why } from '../disclosure/guard.ts';
import { withDigits } from '../labels/index.ts';
import type { Regions } from '../regions/regions.ts';
import { mapped, slices } from '../../tools/slices.ts';
import type { Change } from '../request/transform.ts';

export const STATUSES = ['ok', 'no_data', 'suppressed', 'unreliable'] as const;
export type ValueStatus = (typeof STATUSES)[number];

/**
 * What is known of one region. `value` is there only where the status is `ok`. An unreliable ratio keeps what it
 * would be made of, so that nobody takes it for nothing; of a suppressed one nothing is kept.
 */
export interface RegionValue {
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
  /** Row of the region in its layer. */
  readonly row: number;
  readonly status: ValueStatus;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** Values of both periods, where a change is shown. */
  readonly from?: number | null;
  readonly to?: number | null;
  /** Why it is suppressed: for whoever runs the server, in no public form. */
  readonly why?: Why | undefined;
}

export interface ValueOptions {
  metric: Metric;
  /** Denominators by row that the cube does not have: areas, populations of the regions. */
  denominators?: readonly (number | null)[] | undefined;
  /** Divide by the sum over all regions with a value. */
  share?: boolean;
  /** Ratios over less are unreliable. */
  unreliableBelow?: number | undefined;
}

/**
 * One value per region, in the order of the regions.
 * A region that the cube does not know has no data; one that it knows with nothing under the filter
 * has a sum of 0; a ratio over 0 has no data. A missing value never becomes 0. Values are rounded to the
 * metric's digits here, before they are classed: what a client sees is what was classed. In steps, as there may be
 * many regions.
 */
export function* joinValues(
  regions: Regions,
  rows: readonly CubeRow[],
  options: ValueOptions,
): Generator<undefined, RegionValue[]> {
  const byCode = new Map<string, CubeRow>();
  for (const { slice } of slices(rows)) {
    for (const row of slice) byCode.set(row.code, row);
    yield;
  }
  const total = options.share ? shownTotal(regions, byCode) : null;
  return yield* mapped(regions.codes, (code, row) => {
    const sums = byCode.get(code);
    const denominator = total ?? options.denominators?.[row];
    return {
      code,
      name: regions.names[row] ?? '',
      parent: regions.parents[row] ?? null,
      row,
      ...measure(options, sums && { ...sums, denominator: denominator ?? sums.denominator }),
    };
  });
}

function shownTotal(regions: Regions, byCode: ReadonlyMap<string, CubeRow>): number {
  const shown = regions.codes.map((code) => byCode.get(code)).filter((row) => row && !row.hidden);
  return shown.reduce((sum, row) => sum + (row?.numerator ?? 0), 0);
}

type Measured = Pick<RegionValue, 'status' | 'value' | 'numerator' | 'denominator' | 'why'>;

const NO_DATA: Measured = { status: 'no_data', value: null, numerator: null, denominator: null };
const SUPPRESSED: Measured = { ...NO_DATA, status: 'suppressed' };

function measure({ metric, unreliableBelow }: ValueOptions, sums: CubeRow | undefined): Measured {
  if (!sums) return NO_DATA;
  if (sums.hidden) return { ...SUPPRESSED, why: sums.hidden };
  const numerator = sums.cells === 0 && metric.kind !== 'value' ? 0 : sums.numerator;
  const { denominator } = sums;
  if (numerator === null) return NO_DATA;
  if (metric.kind !== 'ratio') {
    const value = rounded(numerator * metric.multiplier, metric);
    if (value === null) return NO_DATA;
    return { status: 'ok', value, numerator: metric.kind === 'value' ? null : numerator, denominator: null };
  }
  const value = denominator ? rounded((numerator / denominator) * metric.multiplier, metric) : null;
  if (value === null || denominator === null) return NO_DATA;
  const isUnreliable = unreliableBelow !== undefined && denominator < unreliableBelow;
  return {
    status: isUnreliable ? 'unreliable' : 'ok',
    value: isUnreliable ? null : value,
    numerator,
    denominator,
  };
}

/**
 * What changed from one period to the other. A percentage or ratio over nothing has no value; where one period is
 * hidden the change is, as it would give it away.
 */
export function changeValues(
  from: readonly RegionValue[],
  to: readonly RegionValue[],
  kind: Change['kind'],
  metric: Metric,
): Generator<undefined, RegionValue[]> {
  return mapped(from, (before, i) => {
    const after = to[i]!;
    const about = { ...before, ...NO_DATA, from: before.value, to: after.value };
    const statuses = [before.status, after.status];
    for (const status of ['suppressed', 'no_data', 'unreliable'] as const) {
      if (!statuses.includes(status)) continue;
      const hidden = status === 'suppressed' ? { from: null, to: null, why: before.why ?? after.why } : {};
      return { ...about, ...hidden, status };
    }
    const value = rounded(difference(before.value!, after.value!, kind), metric);
    return value === null ? about : { ...about, status: 'ok', value };
  });
}

function difference(from: number, to: number, kind: Change['kind']): number {
  if (kind === 'abs') return to - from;
  if (from === 0) return NaN;
  return kind === 'ratio' ? to / from : ((to - from) / Math.abs(from)) * 100;
}

function rounded(value: number, { digits }: Metric): number | null {
  if (!Number.isFinite(value)) return null;
  return digits === undefined ? value : withDigits(value, digits);
}
