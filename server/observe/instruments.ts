import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Tally, Times } from './tally.ts';

const PREFIX = 'chorograph_';
/** Seconds: from a cached tile to a query that runs into its timeout; bounds of `ops/prometheus-alerts.yml` are among them. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15];

/** One value, or one for each state or outcome. */
export type Reading = number | (readonly [string, number])[];

/** A tally, and the counter that it is handed to. */
interface Counts<Label extends string> {
  readonly counter: Counter<Label>;
}

/** Makes metrics: their names get the prefix `chorograph_`, and labels come from what the server knows, never from a URL. */
export class Instruments {
  readonly registry = new Registry();

  /** What is counted as it happens. */
  counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  /** What is counted with every tile, by two labels or three. */
  tally<Label extends string>(name: string, help: string, labelNames: Label[]): Tally<Label> & Counts<Label> {
    const tally = new Tally(labelNames);
    const counter = new Counter({
      name: PREFIX + name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        tally.flush(this);
      },
    });
    return Object.assign(tally, { counter });
  }

  /** Seconds that are told with every tile, by one label. */
  times(name: string, help: string, label: string): Times {
    const times = new Times({ name: PREFIX + name, help, label, bounds: BUCKETS });
    this.registry.registerMetric(times.metric);
    return times;
  }

  /** Times in seconds, unless other buckets say otherwise. */
  histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets = BUCKETS,
  ): Histogram<Label> {
    return new Histogram({ name: PREFIX + name, help, labelNames, buckets, registers: [this.registry] });
  }

  /**
   * What is looked up when somebody asks.
   * @param together how several processes' values make one.
   */
  gauge(name: string, help: string, read: () => Reading, together: 'sum' | 'max' = 'sum'): void {
    new Gauge({
      name: PREFIX + name,
      help,
      aggregator: together,
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        const reading = read();
        if (typeof reading === 'number') this.set(reading);
        else for (const [state, value] of reading) this.set({ state }, value);
      },
    });
  }

  /** Values that take asking; all processes are told the same. */
  labelled(
    name: string,
    help: string,
    label: string,
    read: () => Promise<(readonly [string, number | null])[]>,
  ): void {
    new Gauge({
      name: PREFIX + name,
      help,
      aggregator: 'max',
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        const readings = await read();
        this.reset();
        for (const [value, reading] of readings) if (reading !== null) this.set({ [label]: value }, reading);
      },
    });
  }

  /** A counter that somebody else counts. */
  total(name: string, help: string, read: () => Reading): void {
    new Counter({
      name: PREFIX + name,
      help,
      labelNames: ['outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        const reading = read();
        if (typeof reading === 'number') this.inc(reading);
        else for (const [outcome, value] of reading) this.inc({ outcome }, value);
      },
    });
  }
}
