import { readGeometry } from '../../catalog/geojson.ts';
import { Thread } from '../../tools/thread.ts';
import {
  buildTileIndex,
  indexTopology,
  type TileIndex,
  type TileIndexOptions,
} from '../cutting/tile-index.ts';
import type { Built, TopologyJob } from './topology-worker.ts';

/**
 * Characters of GeoJSON that are made into an index within about 50 ms (2 µs per vertex of about 30
 * characters). More are handed to a thread, which costs some milliseconds itself.
 */
const ON_THIS_THREAD = 750_000;

/** What reading a large layer took of memory is the machine's again so long (ms) after the last one. */
const REST_MS = 1_000;

const thread = new Thread<TopologyJob, Built | undefined>(new URL('./topology-worker', import.meta.url), {
  // Each load waits for its last batch before it sends another.
  maxWaiting: 1_000,
  timeoutMs: 120_000,
  restMs: REST_MS,
});
let loads = 0;

/** Makes an index of geometry that comes in batches; a large one without holding up the event loop. */
export class IndexBuilder {
  readonly #options: TileIndexOptions;
  readonly #load = ++loads;
  /** What has come, until it is too much. */
  #texts: (string | null)[] = [];
  #length = 0;
  /** Rows that the thread has. */
  #sent = 0;
  /** Lets the thread go, which has what came so far; undefined until it is too much for this one. */
  #letGo: (() => void) | undefined;

  constructor(options: TileIndexOptions) {
    this.#options = options;
  }

  /** Takes the GeoJSON texts of more rows (degrees; null for a row without geometry). */
  async add(texts: readonly (string | null)[]): Promise<void> {
    for (const text of texts) this.#length += text?.length ?? 0;
    if (!this.#letGo && this.#length <= ON_THIS_THREAD) {
      this.#texts.push(...texts);
      return;
    }
    const all = this.#letGo ? texts : [...this.#texts, ...texts];
    this.#letGo ??= thread.hold();
    this.#texts = [];
    const rows = this.#sent;
    this.#sent += all.length;
    await thread.run({ load: this.#load, rows, texts: all });
  }

  async build(): Promise<TileIndex> {
    const { sharedBorders } = this.#options;
    if (!this.#letGo) {
      const geometries = this.#texts.map((text) => readGeometry(text));
      return buildTileIndex(
        geometries.map((geometry) => ({ geometry })),
        this.#options,
      );
    }
    const job = { load: this.#load, rows: this.#sent, build: { sharedBorders } };
    const built = await thread.run(job).finally(this.#letGo);
    if (!built) throw new Error('a build has a result');
    return indexTopology(built.topology, this.#options, built);
  }

  /** Forgets what has come: the rest will not. */
  async drop(): Promise<void> {
    this.#texts = [];
    if (!this.#letGo) return;
    await thread.run({ load: this.#load, drop: true }).catch(() => {});
    this.#letGo();
  }
}
