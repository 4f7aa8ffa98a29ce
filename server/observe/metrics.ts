import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Handlers, NamedEvent } from './events.ts';
import { Instruments } from './instruments.ts';
import { SlowestTiles, type SlowTile } from './slowest.ts';

type Handler = (event: never) => void;

const NOBODY: readonly Handler[] = [];

let processMetrics: Registry | undefined;

/** CPU, memory, event loop, garbage collection: one set per process, however many servers it runs. */
function ofProcess(): Registry {
  if (!processMetrics) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics;
}

/** What `GET /metrics` tells, fed by events as they happen and by looking at the server when asked. */
export class Metrics {
  readonly instruments = new Instruments();
  readonly slowest = new SlowestTiles();
  readonly #handlers = new Map<string, readonly Handler[]>();
  #ofAll: OfAll = { text: () => Promise.resolve(undefined), slowest: () => Promise.resolve(undefined) };

  /** Tells events to who handles them from now on. */
  handle(handlers: Handlers | void): void {
    for (const [type, handler] of Object.entries<Handler>(handlers ?? {}))
      this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler]);
  }

  observe(event: NamedEvent): void {
    for (const handler of this.#handlers.get(event.type) ?? NOBODY) handler(event as never);
  }

  /** The registries of this process, for who adds up several. */
  get registries(): Registry[] {
    return [this.instruments.registry, ofProcess()];
  }

  /** From now on what is told is that of several processes together, where `ofAll` can tell it. */
  addUp(ofAll: OfAll): void {
    this.#ofAll = ofAll;
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    return (await this.#ofAll.text()) ?? Registry.merge(this.registries).metrics();
  }

  /** The tiles that took longest to make in the last hour. */
  async slowestTiles(): Promise<readonly SlowTile[]> {
    return (await this.#ofAll.slowest()) ?? this.slowest.list();
  }
}

/** What several processes tell together; undefined where they do not in time. */
interface OfAll {
  readonly text: () => Promise<string | undefined>;
  readonly slowest: () => Promise<readonly SlowTile[] | undefined>;
}
