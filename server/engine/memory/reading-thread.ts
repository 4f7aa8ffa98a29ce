import { Room } from '../../db/connections/room.ts';
import type { Sql } from '../../db/sql.ts';
import { Thread } from '../../tools/thread.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { layerOf } from '../snapshots/kept.ts';
import type { LayerHead } from '../snapshots/layer-file.ts';
import type { Packed } from '../snapshots/pack.ts';
import type { Destination } from '../snapshots/write-whole.ts';
import { cursorFor, type LayerToRead, type Reading, type ReadLayer } from './reading.ts';
import type { Order, ReadingJob, ReadingResult, Said } from './reading-worker.ts';

/** Layers that are read at a time, each over a connection beside the pool; one that waited so long (ms) is read over the pool. */
const AT_ONCE = 2;
const TURN_MS = 5_000;
/** What reading took of memory is the machine's again so long (ms) after the last layer. */
const REST_MS = 250;

const thread = new Thread<ReadingJob, ReadingResult>(new URL('./reading-worker', import.meta.url), {
  // What waits here waits for the database.
  atOnce: 1_000,
  maxWaiting: 1_000,
  timeoutMs: 600_000,
  restMs: REST_MS,
});
const room = new Room(AT_ONCE, TURN_MS);
let loads = 0;

/**
 * Reads a layer in a thread, which writes its file where it is kept: this one maps that. Where it is not, its arrays are handed over.
 * @returns undefined where the database gives no thread a session
 * @throws AppError as `Queryable.run`; `database_busy` where others were read for too long
 */
export async function readInThread(
  reading: Reading,
  { layer, mayBeKept }: LayerToRead,
): Promise<ReadLayer | undefined> {
  const { db, snapshots, index, signal } = reading;
  const session = await db.sessionPlan();
  if (!session) return undefined;
  const load = ++loads;
  const letGo = thread.hold();
  const stop = (): void => void thread.run({ load, stop: true }).catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    const asked = snapshots?.asked(layer);
    const read = { session, proof: asked && data(asked.query), ...orderOf(reading, layer) };
    const { proof: row, ...said } = (await room.run(() => {
      signal.throwIfAborted();
      return thread.run({ load, read });
    }, signal)) as Said;
    const proof = asked && row && mayBeKept() ? snapshots?.keyOf(layer, asked, row) : undefined;
    const kept =
      proof && (await snapshots?.written(layer, proof, (to) => write(load, { ...to, key: proof })));
    if (kept) return { ...said, ...kept, proof, inFile: kept.isWhole ? 'whole' : 'rows' };
    const packed = (await thread.run({ load, handOver: true })) as Packed<LayerHead>;
    return { ...said, ...layerOf(packed, index), proof };
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.run({ load, drop: true }).catch(() => {});
    letGo();
  }
}

function orderOf(reading: Reading, layer: TableLayer): Omit<Order, 'session' | 'proof'> {
  const columns = layer.columns.map(({ name }) => name);
  return {
    cursor: data(cursorFor(reading, layer)),
    layer: { key: layer.key },
    columns,
    index: reading.index,
  };
}

async function write(load: number, to: Destination & { key: string }): Promise<boolean> {
  return (await thread.run({ load, write: to })) === true;
}

/** A query as data. */
function data({ text, values }: Sql): Sql {
  return { text, values };
}
