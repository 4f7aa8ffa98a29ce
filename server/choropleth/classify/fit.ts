import { mean } from './sorted.ts';

export interface Fit {
  /**
   * Goodness of variance fit, `1 − Σ(x − mean of its class)² / Σ(x − mean)²` (Jenks & Caspall 1971);
   * 1 where every class is constant.
   */
  readonly gvf: number;
  /** Tabular accuracy index, `1 − Σ|x − mean of its class| / Σ|x − mean|` (Jenks & Caspall 1971; Evans 1977). */
  readonly tai: number;
}

/**
 * How well classes stand for their values; both measures grow with the number of classes, so they compare
 * methods at the same number only.
 *
 * @param all every classified value, ascending
 * @param sorted the values in intervals, ascending; the isolated ones, which deviate by nothing, left out
 * @param ends per interval the position in `sorted` after its last value
 * @returns `null` without values
 */
export function fitOf(all: Float64Array, sorted: Float64Array, ends: readonly number[]): Fit | null {
  if (all.length === 0) return null;
  const whole = deviations(all, 0, all.length);
  const within = { squared: 0, absolute: 0 };
  let start = 0;
  for (const end of ends) {
    const part = deviations(sorted, start, end);
    within.squared += part.squared;
    within.absolute += part.absolute;
    start = end;
  }
  return {
    gvf: accuracy(within.squared, whole.squared),
    tai: accuracy(within.absolute, whole.absolute),
  };
}

function deviations(sorted: Float64Array, from: number, to: number) {
  const center = mean(sorted, from, to);
  let squared = 0;
  let absolute = 0;
  for (let i = from; i < to; i++) {
    const deviation = sorted[i]! - center;
    squared += deviation * deviation;
    absolute += Math.abs(deviation);
  }
  return { squared, absolute };
}

/** Absolute deviations from means may add up to more within classes than in all: then the accuracy is 0. */
function accuracy(within: number, whole: number): number {
  return whole === 0 ? 1 : Math.max(0, 1 - within / whole);
}
