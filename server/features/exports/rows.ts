import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { number } from '../../catalog/expressions.ts';
import { explain, isTransformError } from '../../catalog/failed-query.ts';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import { isSpatial, outsideOfLayer } from '../../cql2/filter.ts';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { tokenOrMoment } from '../../generations/tokens.ts';
import { withDeadline } from '../../tools/deadline.ts';
import type { FeaturesContext as Context } from '../context.ts';
import { allRowsQuery, type PageRow } from '../query.ts';
import type { FeaturesPlan } from '../service.ts';
import type { ExportFormat } from './formats.ts';

/** Rows, and characters of what is made of them, that are in memory at a time. */
const MOST_ROWS = 2_000;
const FIRST_ROWS = 100;
const MOST_CHARACTERS = 4_000_000;
/** When a single fetch is given up: a filter may pass over many rows before it finds one. */
const FETCH_TIMEOUT_MS = 300_000;

/** How long a client may take nothing. */
const STALL_MS = 60_000;

/** The client stopped reading. */
export class Stalled extends Error {}

export interface Exported {
  readonly plan: FeaturesPlan;
  readonly format: ExportFormat;
  /** All rows where absent. */
  readonly limit: number | undefined;
}

/**
 * Writes all rows as they are found: one cursor, so all of one moment, over a connection of its own, which whoever reads slowly
 * holds without keeping anybody from the pool's. No more is read than is taken.
 * @param begin called when the first rows are there: until then an error is still an answer of its own
 */
export async function writeRows(
  ctx: Context,
  { plan, format, limit }: Exported,
  to: { begin: () => void; out: Writable },
  signal: AbortSignal,
): Promise<void> {
  to.out.on('error', () => {}); // of a full disk is told below: unheard, it would end the process
  const layer = await guardedLayer(ctx, plan.layer);
  const query = allRowsQuery({ ...plan, layer, after: undefined }, format.geometry(plan), {
    limit,
    byPlace: format.isIndexed,
  });
  const work = async (tx: Queryable): Promise<void> => {
    await tx.run(sql`set transaction read only`);
    await tx.run(sql`declare export no scroll cursor for ${query}`);
    let sent = 0;
    let wanted = FIRST_ROWS;
    for (;;) {
      const rows = await tx.run<PageRow>(sql`fetch ${number(wanted)} from export`);
      const text = format.rows(plan, rows, sent);
      if (sent === 0) to.begin();
      if (sent === 0) await write(to.out, format.head(plan), signal);
      await write(to.out, text, signal);
      sent += rows.length;
      if (rows.length < wanted) return;
      wanted = rowsAfter(rows.length, format.weight?.() ?? text.length);
    }
  };
  const options = { name: 'chorograph export', timeoutMs: FETCH_TIMEOUT_MS, signal };
  await ctx.db.dedicated(work, options).catch((error: unknown) => {
    if (plan.where && isSpatial(plan.where.condition) && isTransformError(error))
      throw outsideOfLayer(plan.layer, error);
    return explain(ctx, plan.layer, error);
  });
  await write(to.out, typeof format.tail === 'string' ? format.tail : format.tail(), signal);
}

/** What cannot be transformed must be known beforehand: half of an answer cannot be taken back. */
async function guardedLayer(ctx: Context, layer: TableLayer): Promise<TableLayer> {
  if (layer.geometry.srid === 4326) return layer;
  return ctx.faults.examine(layer, tokenOrMoment(ctx.generations.of(relationName(layer))));
}

function rowsAfter(rows: number, characters: number): number {
  const each = characters / Math.max(1, rows);
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_CHARACTERS / Math.max(1, each))));
}

async function write(out: Writable, text: string | Uint8Array, signal: AbortSignal): Promise<void> {
  if (out.errored) throw out.errored;
  if (text.length === 0 || out.write(text)) return;
  const drained = withDeadline(signal, STALL_MS, (until) => once(out, 'drain', { signal: until }));
  await drained.catch((error: Error) => {
    throw error.name === 'AbortError' && !signal.aborted ? new Stalled() : error;
  });
}
