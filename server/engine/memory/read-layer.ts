import { AppError } from '../../errors.ts';
import { readRows } from './cursor.ts';
import { IndexBuilder } from './index-builder.ts';
import type { LayerSize } from './load-query.ts';
import { cursorFor, type LayerToRead, type Reading, type ReadLayer } from './reading.ts';
import { readInThread } from './reading-thread.ts';

/** Up to so many rows and vertices a layer is read before a thread for it, and a connection, would be there. */
const SMALL: LayerSize = { rows: 2_000, vertices: 20_000 };

/**
 * Reads a layer: a large one of PostgreSQL in a thread, which has a connection of its own. Where it cannot have one, over the pool.
 * @throws AppError as `Queryable.run`
 */
export async function readLayer(reading: Reading, wanted: LayerToRead): Promise<ReadLayer> {
  if (!isSmall(wanted.size)) {
    try {
      const read = await readInThread(reading, wanted);
      if (read) return read;
    } catch (error) {
      // A query that takes too long would do so again; anything else the pool can do, or says what it is.
      reading.signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'query_timeout') throw error;
      reading.observe({ type: 'layer.read_by_pool', layer: wanted.layer.id, error });
    }
  }
  return readHere(reading, wanted);
}

async function readHere(reading: Reading, { layer, mayBeKept }: LayerToRead): Promise<ReadLayer> {
  const { db, snapshots, index: options } = reading;
  const builder = new IndexBuilder(options);
  const work = { cursor: cursorFor(reading, layer), columns: layer.columns.length };
  try {
    const { columns, proof, ...rows } = await db.transaction(
      async (tx) => {
        const read = await readRows(tx, work, (texts) => builder.add(texts));
        return { ...read, proof: await snapshots?.proof(layer, tx) };
      },
      // What it is kept by is of the very moment of the rows.
      { readOnly: true, snapshot: snapshots !== undefined },
    );
    const values = new Map(layer.columns.map((column, i) => [column.name, columns[i] ?? []]));
    return { ...rows, index: await builder.build(), values, proof: mayBeKept() ? proof : undefined };
  } catch (error) {
    await builder.drop();
    throw error;
  }
}

function isSmall(size: LayerSize | undefined): boolean {
  return size !== undefined && size.rows <= SMALL.rows && size.vertices <= SMALL.vertices;
}
