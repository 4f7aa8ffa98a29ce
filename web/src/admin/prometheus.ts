/** A value with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
/** Values by the name of their metric, without the prefix of all of them. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** Reads the text format of Prometheus. Pure. */
export function readMetrics(text: string): Samples {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = /^chorograph_(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (value === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const sample = {
      labels: Object.fromEntries(
        pairs.map(([, key = '', text = '']) => [key, text.replaceAll(/\\(.)/g, '$1')]),
      ),
      value: value === '+Inf' ? Infinity : Number(value),
    };
    const known = samples.get(name);
    if (known) known.push(sample);
    else samples.set(name, [sample]);
  }
  return samples;
}

/** The sum of a metric's values, of those alone that are `of`. */
export function total(
  samples: Samples,
  name: string,
  of: (labels: Sample['labels']) => boolean = () => true,
): number {
  return (samples.get(name) ?? [])
    .filter(({ labels }) => of(labels))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Bounds of a histogram's buckets with how many are at most that. */
export type Buckets = readonly (readonly [le: number, count: number])[];

export function buckets(samples: Samples, name: string, of: (labels: Sample['labels']) => boolean): Buckets {
  const sums = new Map<number, number>();
  for (const { labels, value } of samples.get(`${name}_bucket`) ?? []) {
    if (!of(labels)) continue;
    const le = labels.le === '+Inf' ? Infinity : Number(labels.le);
    sums.set(le, (sums.get(le) ?? 0) + value);
  }
  return [...sums].sort(([a], [b]) => a - b);
}

/** A quantile as `histogram_quantile` has it: linear within its bucket; undefined of nothing. Pure. */
export function quantile(all: Buckets, q: number): number | undefined {
  const count = all.at(-1)?.[1] ?? 0;
  if (count === 0) return undefined;
  const rank = q * count;
  const at = all.findIndex(([, below]) => below >= rank);
  const [upper, below] = all[at] ?? [Infinity, count];
  const [lower, before] = at > 0 ? all[at - 1]! : [0, 0];
  if (upper === Infinity) return lower;
  return below === before ? upper : lower + ((upper - lower) * (rank - before)) / (below - before);
}
