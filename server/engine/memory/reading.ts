import { number } from '../../catalog/expressions.ts';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import { sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import type { Generations, Stamp } from '../../generations/generations.ts';
import type { TileIndex, TileIndexOptions } from '../cutting/tile-index.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { PropertyValue } from '../types.ts';
import { IndexBuilder } from './index-builder.ts';
import { loadQuery, type RawRow } from './load-query.ts';
import type { Rows } from './table.ts';

/** Rows that are read at once. */
const BATCH = 500;

export interface Reading {
  readonly db: Database;
  readonly generations: Generations;
  readonly snapshots: Snapshots | undefined;
  readonly index: TileIndexOptions;
}

/** A layer as the database has it. */
export interface ReadLayer extends Pick<Rows, 'values' | 'rows'> {
  readonly index: TileIndex;
  readonly stamp: Stamp | null;
  /** What it may be kept by. */
  readonly proof: string | undefined;
}

/** Reads a layer by a cursor, in batches, so that no more than one of them is waited for or held twice. */
export async function readLayer(
  { db, generations, snapshots, index: options }: Reading,
  layer: TableLayer,
): Promise<ReadLayer> {
  const builder = new IndexBuilder(options);
  const columns = layer.columns.map((): (PropertyValue | null)[] => []);
  let rows = 0;
  let stamp: Stamp | null = null;
  let proof: string | undefined;
  try {
    await db.transaction(
      async (tx) => {
        const query = loadQuery(layer, generations.stamp([relationName(layer)]));
        await tx.run(sql`declare layer_rows no scroll cursor for ${query}`);
        const fetch = (): Promise<RawRow[]> => tx.run<RawRow>(sql`fetch ${number(BATCH)} from layer_rows`);
        for (let next = fetch(); ;) {
          const batch = await next;
          // The database is at the next ones while these are made something of.
          if (batch.length === BATCH) next = fetch();
          next.catch(() => {});
          if (rows === 0) stamp = batch.find((row) => row.stamp)?.stamp ?? null;
          rows += batch.length;
          columns.forEach((values, i) => {
            for (const row of batch) values.push(row[`c${i}`] ?? null);
          });
          await builder.add(batch.map((row) => row.g));
          if (batch.length < BATCH) break;
        }
        proof = await snapshots?.proof(layer, tx);
      },
      // What it is kept by is of the very moment of the rows.
      { readOnly: true, snapshot: snapshots !== undefined },
    );
  } catch (error) {
    await builder.drop();
    throw error;
  }
  const values = new Map(layer.columns.map((column, i) => [column.name, columns[i] ?? []]));
  return { index: await builder.build(), stamp, values, rows, proof };
}
