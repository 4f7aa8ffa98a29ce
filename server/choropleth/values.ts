import type { CubeRow } from './cube.ts';
import type { Metric } from './definitions.ts';
import type { Regions } from './regions.ts';

export type ValueStatus = 'ok' | 'no_data' | 'suppressed' | 'unreliable';

/** What is known of one region. Where the status is not `ok`, nothing of the value is kept. */
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
}

/**
 * One value per region, in the order of the regions.
 * A region that the cube does not know has no data; one that it knows with nothing under the filter
 * has a sum of 0; a ratio over 0 has no data. A missing value never becomes 0.
 */
export function joinValues(regions: Regions, rows: readonly CubeRow[], metric: Metric): RegionValue[] {
  const byCode = new Map(rows.map((row) => [row.code, row]));
  const values: RegionValue[] = [];
  for (const [row, code] of regions.codes.entries()) {
    const parent = regions.parents[row] ?? null;
    const sums = byCode.get(code);
    const value = sums ? metricValue(metric, sums) : null;
    const isKnown = value !== null && sums !== undefined;
    values.push({
      code,
      name: regions.names[row] ?? '',
      parent,
      row,
      status: isKnown ? 'ok' : 'no_data',
      value,
      numerator: isKnown && metric.kind !== 'value' ? (sums.numerator ?? 0) : null,
      denominator: isKnown && metric.kind === 'ratio' ? sums.denominator : null,
    });
  }
  return values;
}

function metricValue(metric: Metric, { numerator, denominator, cells }: CubeRow): number | null {
  const sum = cells === 0 && metric.kind !== 'value' ? 0 : numerator;
  if (sum === null) return null;
  if (metric.kind !== 'ratio') return finite(sum * metric.multiplier);
  return denominator ? finite((sum / denominator) * metric.multiplier) : null;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
