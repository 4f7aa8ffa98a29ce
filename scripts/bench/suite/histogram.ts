/** How often each time (µs) was taken. */
export type Histogram = ReadonlyMap<number, number>;

/**
 * What wrk measured, without what it adds: it fills in the times of requests that a client at a steady rate would
 * have sent while an answer was late (`stats_correct` in its stats.c), as many as that answer took intervals. Nobody
 * sent them, and they make the 99th percentile of any server that stalls once that of the stall.
 * @param counted as wrk tells them; their sum is more than `requests` where it added some
 * @param interval mean time of a request on one connection (µs), as wrk rounds it
 */
export function asSent(counted: Histogram, requests: number, interval: number): Histogram {
  if (countOf(counted) <= requests) return counted;
  const sent = new Map(counted);
  // From the longest down, as what was added to a time comes from longer ones alone.
  for (const time of [...counted.keys()].sort((a, b) => b - a)) {
    const count = sent.get(time) ?? 0;
    if (time < 2 * interval || count === 0) continue;
    for (let added = time - interval; added > interval; added -= interval) {
      const left = (sent.get(added) ?? 0) - count;
      if (left > 0) sent.set(added, left);
      else sent.delete(added);
    }
  }
  return sent;
}

export function countOf(times: Histogram): number {
  return [...times.values()].reduce((sum, count) => sum + count, 0);
}

/** The nearest-rank percentile, `p` from 0 to 100, in milliseconds; NaN of nothing. */
export function percentileOf(times: Histogram, p: number): number {
  const rank = Math.max(1, Math.ceil((p / 100) * countOf(times)));
  let seen = 0;
  for (const [time, count] of [...times].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return time / 1000;
  }
  return NaN;
}

export function together(all: readonly Histogram[]): Histogram {
  const sum = new Map<number, number>();
  for (const times of all) for (const [time, count] of times) sum.set(time, (sum.get(time) ?? 0) + count);
  return sum;
}
