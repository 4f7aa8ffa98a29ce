/** A bar from one value to another with how many regions of each class are in it. */
export interface Bar {
  from: number;
  to: number;
  counts: ReadonlyMap<number, number>;
  total: number;
}

/** How values lie on the axis: evenly, or by their logarithm where a few are far above the rest. */
export interface Axis {
  min: number;
  max: number;
  /** 0 at the smallest value, 1 at the greatest. */
  position(value: number): number;
  value(position: number): number;
}

/** Where the greatest value is so many times the middle one, even steps would put nearly all in one bar. */
const SKEWED = 25;

/** @param values ascending, at least one */
export function axisOf(values: readonly number[]): Axis {
  const [min, max] = [values[0] ?? 0, values.at(-1) ?? 0];
  const middle = values[Math.floor(values.length / 2)] ?? 0;
  const span = max - min || 1;
  if (min < 0 || middle - min <= 0 || (max - min) / (middle - min) < SKEWED) {
    return { min, max, position: (v) => (v - min) / span, value: (p) => min + p * span };
  }
  // log(1 + x / unit) has the zero that a plain logarithm lacks.
  const unit = (middle - min) / 4;
  const whole = Math.log1p(span / unit);
  return {
    min,
    max,
    position: (v) => Math.log1p(Math.max(0, v - min) / unit) / whole,
    value: (p) => min + Math.expm1(p * whole) * unit,
  };
}

export function barsOf(
  entries: readonly { value: number; classId: number | null }[],
  axis: Axis,
  count: number,
): Bar[] {
  const all = Array.from({ length: count }, () => new Map<number, number>());
  for (const { value, classId } of entries) {
    const bar = all[Math.min(count - 1, Math.floor(axis.position(value) * count))];
    if (bar && classId !== null) bar.set(classId, (bar.get(classId) ?? 0) + 1);
  }
  return all.map((counts, i) => ({
    from: axis.value(i / count),
    to: axis.value((i + 1) / count),
    counts,
    total: [...counts.values()].reduce((sum, n) => sum + n, 0),
  }));
}

/** A break as somebody would write it: no more digits than tell neighbouring pixels apart. */
export function roundBreak(value: number, axis: Axis): number {
  const step = Math.abs(axis.value(Math.min(1, axis.position(value) + 0.004)) - value) || Number.EPSILON;
  const digits = Math.min(12, Math.max(0, -Math.floor(Math.log10(step))));
  return Number(value.toFixed(digits));
}
