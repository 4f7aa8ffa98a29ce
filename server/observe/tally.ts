import type { Counter, Metric } from 'prom-client';

/**
 * What happens with every tile is counted here and handed to the registry's own counters when somebody asks: those look at the names and
 * values of labels each time, which takes as long as finding a cached tile.
 */

interface Counted<Label extends string> {
  readonly labels: Record<Label, string>;
  /** Since it was last handed over. */
  fresh: number;
}

/** A counter with two labels, or three. */
export class Tally<Label extends string> {
  readonly #names: readonly Label[];
  readonly #counts = new Map<string, Map<string, Map<string, Counted<Label>>>>();

  constructor(names: readonly Label[]) {
    this.#names = names;
  }

  /** Counts one; values in the order of the labels' names. */
  add(first: string, second: string, third = ''): void {
    const counted = this.#counts.get(first)?.get(second)?.get(third) ?? this.#begin(first, second, third);
    counted.fresh++;
  }

  /** Hands over what was counted since. */
  flush(counter: Counter<Label>): void {
    for (const seconds of this.#counts.values())
      for (const thirds of seconds.values())
        for (const counted of thirds.values()) {
          if (counted.fresh > 0) counter.inc(counted.labels, counted.fresh);
          counted.fresh = 0;
        }
  }

  #begin(...values: [string, string, string]): Counted<Label> {
    const [first, second, third] = values;
    const seconds = this.#counts.get(first) ?? new Map<string, Map<string, Counted<Label>>>();
    const thirds = seconds.get(second) ?? new Map<string, Counted<Label>>();
    const labels = Object.fromEntries(this.#names.map((name, i) => [name, values[i] ?? '']));
    const counted = { labels: labels as Record<Label, string>, fresh: 0 };
    this.#counts.set(first, seconds.set(second, thirds.set(third, counted)));
    return counted;
  }
}

interface Spread {
  /** By bucket, those above the last bound not counted. */
  readonly counts: Float64Array;
  sum: number;
  count: number;
}

interface Told {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Upper bounds, rising. */
  readonly bounds: readonly number[];
}

/** A histogram with one label. */
export class Times {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #label: string;
  readonly #bounds: Float64Array;
  readonly #spreads = new Map<string, Spread>();

  constructor({ name, help, label, bounds }: Told) {
    this.name = name;
    this.help = help;
    this.#label = label;
    this.#bounds = Float64Array.from(bounds);
  }

  observe(label: string, seconds: number): void {
    let spread = this.#spreads.get(label);
    if (!spread) {
      spread = { counts: new Float64Array(this.#bounds.length), sum: 0, count: 0 };
      this.#spreads.set(label, spread);
    }
    spread.sum += seconds;
    spread.count++;
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > this.#bounds[bucket]!) bucket++;
    if (bucket < this.#bounds.length) spread.counts[bucket]!++;
  }

  reset(): void {
    this.#spreads.clear();
  }

  /** As the registry has it of a histogram of its own. */
  get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#spreads].flatMap(([label, spread]) =>
      this.#valuesOf({ [this.#label]: label }, spread),
    );
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  /** For the registry, which asks for no more than this. */
  get metric(): Metric<string> {
    return this as unknown as Metric<string>;
  }

  #valuesOf(labels: Record<string, string>, { counts, sum, count }: Spread) {
    let below = 0;
    const bucket = (le: number | string, value: number) => ({
      metricName: `${this.name}_bucket`, labels: { le, ...labels }, value,
    }); // prettier-ignore
    return [
      ...Array.from(this.#bounds, (bound, i) => bucket(bound, (below += counts[i]!))),
      bucket('+Inf', count),
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
