import type { MendedShapes } from '../../engine/mending/flat.ts';
import type { RowTiles } from '../../engine/memory/row-tiles.ts';
import { Thread } from '../../tools/thread.ts';
import type { Batch, Maker, Outcome } from './outcome.ts';
import { HASH_BYTES } from './pack.ts';
import type { RowsJob, RowsResult } from './rows-worker.ts';
import { batchSize } from './walk.ts';
import { BARE, EMPTY } from './kinds.ts';

/** A batch takes a second at most; one that takes this long never ends. */
const TIMEOUT_MS = 600_000;
/** For each thread one batch to work on and one that waits. */
const BATCHES_PER_THREAD = 2;

type RowsThread = Thread<RowsJob, RowsResult | MendedShapes | undefined>;

/** Started when first needed, and kept: as many as were ever asked for. */
const threads: RowsThread[] = [];
let numbers = 0;

/** Has so many threads, and their program read: which takes as long as reading what tiles are made of. */
export function startThreads(count: number): void {
  addThreads(count);
  for (const thread of threads.slice(0, count)) thread.run({ of: 0, drop: true }).catch(() => {});
}

function addThreads(count: number): void {
  while (threads.length < count)
    threads.push(
      new Thread(new URL('./rows-worker', import.meta.url), { maxWaiting: 10_000, timeoutMs: TIMEOUT_MS }),
    );
}

/** Tiles of rows in memory, made by threads that each have all of the rows. */
export class RowsMaker implements Maker {
  readonly width: number;
  readonly #of = ++numbers;
  readonly #threads: readonly { readonly thread: RowsThread; load: number }[];
  readonly #sent: Promise<unknown>;
  readonly #lastZoom: number;
  /** By zoom: when all threads have what its tiles have in common. */
  readonly #shared: Promise<void>[] = [];

  constructor(rows: RowTiles, count: number, lastZoom: number) {
    this.#lastZoom = lastZoom;
    addThreads(count);
    this.#threads = threads.slice(0, count).map((thread) => ({ thread, load: 0 }));
    this.width = BATCHES_PER_THREAD * count;
    this.#sent = this.#all({ of: this.#of, rows });
    this.#sent.catch(() => {});
  }

  async make({ coords, wanted }: Batch): Promise<Outcome[]> {
    await this.#sent;
    const { z } = coords[0] ?? { z: 0 };
    if (wanted) {
      const shared = this.#share(z);
      void this.#share(z + 1); // while tiles of this zoom are made
      await shared;
    }
    const numbers = Uint32Array.from(coords.flatMap(({ z, x, y }) => [z, x, y]));
    const idlest = this.#idlest();
    idlest.load += coords.length;
    try {
      const made = await idlest.thread.run({ of: this.#of, coords: numbers, wanted });
      return outcomesOf(made && 'kinds' in made ? made : undefined);
    } finally {
      idlest.load -= coords.length;
    }
  }

  /** Has what the tiles of a zoom have in common made by one thread and given to the others, which would make it again. */
  #share(z: number): Promise<void> {
    if (this.#threads.length === 1 || z > this.#lastZoom) return Promise.resolve();
    const known = this.#shared[z];
    if (known) return known;
    const sharing = this.#mend(z);
    sharing.catch(() => {}); // thrown where it is waited for
    return (this.#shared[z] = sharing);
  }

  async #mend(z: number): Promise<void> {
    const own = this.#idlest();
    const weight = batchSize(z);
    own.load += weight;
    const mended = await own.thread.run({ of: this.#of, mend: z }).finally(() => (own.load -= weight));
    if (!mended || 'kinds' in mended) return;
    // Jobs of a thread are done in their order, so nobody has to wait until these are done.
    for (const { thread } of this.#threads)
      if (thread !== own.thread) thread.run({ of: this.#of, zoom: z, mended }).catch(() => {});
  }

  #idlest() {
    return this.#threads.reduce((a, b) => (b.load < a.load ? b : a));
  }

  async close(): Promise<void> {
    await this.#all({ of: this.#of, drop: true });
  }

  #all(job: RowsJob): Promise<unknown> {
    return Promise.all(this.#threads.map(({ thread }) => thread.run(job)));
  }
}

function outcomesOf(result: RowsResult | undefined): Outcome[] {
  if (!result) throw new Error('tiles have outcomes');
  const { kinds, lengths, hashes, bytes } = result;
  let at = 0;
  return Array.from(kinds, (kind, i): Outcome => {
    if (kind === BARE) return 'bare';
    if (kind === EMPTY) return 'empty';
    const start = at;
    at += lengths[i]!;
    return {
      bytes: bytes.subarray(start, at),
      hash: hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)),
    };
  });
}
