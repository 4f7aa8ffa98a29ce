import type { RowTiles } from '../../engine/memory/row-tiles.ts';
import { Thread } from '../../tools/thread.ts';
import type { Batch, Maker, Outcome } from './outcome.ts';
import { HASH_BYTES } from './pack.ts';
import type { RowsJob, RowsResult } from './rows-worker.ts';
import { BARE, EMPTY } from './kinds.ts';

/** A batch takes a second at most; one that takes this long never ends. */
const TIMEOUT_MS = 600_000;
/** For each thread one batch to work on and one that waits. */
const BATCHES_PER_THREAD = 2;

type RowsThread = Thread<RowsJob, RowsResult | undefined>;

/** Started when first needed, and kept: as many as were ever asked for. */
const threads: RowsThread[] = [];
let numbers = 0;

/** Tiles of rows in memory, made by threads that each have all of the rows. */
export class RowsMaker implements Maker {
  readonly width: number;
  readonly #of = ++numbers;
  readonly #threads: readonly { readonly thread: RowsThread; load: number }[];
  readonly #sent: Promise<unknown>;

  constructor(rows: RowTiles, count: number) {
    while (threads.length < count)
      threads.push(
        new Thread(new URL('./rows-worker', import.meta.url), { maxWaiting: 10_000, timeoutMs: TIMEOUT_MS }),
      );
    this.#threads = threads.slice(0, count).map((thread) => ({ thread, load: 0 }));
    this.width = BATCHES_PER_THREAD * count;
    this.#sent = this.#all({ of: this.#of, rows });
    this.#sent.catch(() => {});
  }

  async make({ coords, wanted }: Batch): Promise<Outcome[]> {
    await this.#sent;
    const numbers = Uint32Array.from(coords.flatMap(({ z, x, y }) => [z, x, y]));
    const idlest = this.#threads.reduce((a, b) => (b.load < a.load ? b : a));
    idlest.load += coords.length;
    try {
      return outcomesOf(await idlest.thread.run({ of: this.#of, coords: numbers, wanted }));
    } finally {
      idlest.load -= coords.length;
    }
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
