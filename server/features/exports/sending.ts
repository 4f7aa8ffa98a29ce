import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { AppError } from '../../errors.ts';
import { cutIfStalled } from '../../http/answers/respond.ts';
import { cachingOf } from '../../http/answers/seeing.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import type { FeaturesContext as Context } from '../context.ts';
import type { FlatGeobufWriter } from './flatgeobuf.ts';
import type { ExportFormat } from './formats.ts';
import { Stalled, writeRows, type Exported } from './rows.ts';

/** Sends exports, so many at a time and no more. */
export class Exports {
  readonly #ctx: Context;
  #running = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /**
   * @param own the context that the layer's rows are read with
   * @throws AppError `server_busy` (503) where too many are under way, what the query fails with before the first row
   */
  async send(
    own: Context,
    wanted: Exported,
    req: Request,
    res: Response,
    signal: AbortSignal,
  ): Promise<void> {
    const begin = (): void => headers(res, wanted);
    if (req.method === 'HEAD') {
      begin();
      res.end();
      return;
    }
    if (this.#running >= this.#ctx.config.exportsAtOnce) throw busy();
    this.#running++;
    try {
      const exported = await withWriter(wanted);
      if (exported.format.isIndexed || own.db.kind === 'embedded')
        await viaFile(own, exported, { begin, res }, signal);
      else await writeRows(own, exported, { begin, out: res }, signal);
      res.end();
    } catch (error) {
      if (res.headersSent) res.destroy(); // cut off, so that nobody takes half of it for all
      if (signal.aborted || error instanceof Stalled)
        throw new AppError('client_closed_request', {}, { cause: error });
      throw error;
    } finally {
      this.#running--;
    }
  }
}

const busy = (): AppError =>
  new AppError('server_busy', { detail: 'as many exports as there may be are under way' });

function headers(res: Response, { plan, format }: Exported): void {
  const name = plan.layer.id.replaceAll(/[^\w.-]/g, '_');
  res.setHeader('Content-Type', format.type);
  res.setHeader('Content-Disposition', `attachment; filename="${name}.${format.name}"`);
  res.setHeader('Cache-Control', cachingOf(res, cacheControl(false)));
}

/** The export with the writer of its format, where that has one which is of one export; loaded by who asks for it alone. */
async function withWriter(exported: Exported): Promise<Exported> {
  if (exported.format.name !== 'parquet') return exported;
  const { GeoParquetWriter } = await import('./parquet.ts');
  const writer = new GeoParquetWriter(exported.plan);
  const rows: ExportFormat['rows'] = (_, some) => writer.add(some);
  const format = { ...exported.format, rows, tail: () => writer.end(), weight: () => writer.lastWeight };
  return { ...exported, format };
}

/** Loaded by who asks for it alone: the library brings one of maps. */
async function newWriter({ plan }: Exported): Promise<FlatGeobufWriter> {
  const { FlatGeobufWriter } = await import('./flatgeobuf.ts');
  return new FlatGeobufWriter(plan);
}

/**
 * What stands first may be known last. And the embedded database has one session, which is held for as long as the rows take to
 * be read, not for as long as somebody reads.
 */
async function viaFile(
  ctx: Context,
  exported: Exported,
  { begin, res }: { begin: () => void; res: Response },
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-export-'));
  try {
    const path = join(folder, 'rows');
    const out = createWriteStream(path);
    const writer = exported.format.isIndexed && (await newWriter(exported));
    const rows: ExportFormat['rows'] = writer ? (_, some) => writer.add(some) : exported.format.rows;
    const format = { ...exported.format, rows };
    await writeRows(ctx, { ...exported, format }, { begin: () => {}, out }, signal);
    out.end();
    await finished(out);
    begin();
    cutIfStalled(res, Infinity); // from here on all that is waited for is the client
    if (writer) res.write(writer.head());
    await pipeline(createReadStream(path), res, { end: false, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
