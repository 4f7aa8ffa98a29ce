import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Request } from 'express';
import type { Caps } from '../engine/encoding/caps.ts';
import type { EncodedLayer, TileCoord } from '../engine/types.ts';
import { invalidParameter } from '../errors.ts';
import { Gate } from '../tools/gate.ts';
import { Thread } from '../tools/thread.ts';
import type { Checked, PreviewJob } from './opened.ts';
import { receive } from './receive.ts';
import type { PreviewConfig } from './settings.ts';
import { Shelf, type Kept } from './shelf.ts';

export const MOST_BYTES = 50 * 1024 * 1024;
/** Bodies that come in at a time, and that wait. */
const AT_ONCE = { capacity: 2, maxWaiting: 8 };
/** Features of the largest file take about 500 MB. */
const HEAP_MB = 1_536;

export interface PreviewNeeds {
  readonly config: PreviewConfig & { readonly dataDir: string; readonly tile: Required<Caps> };
}

/** GeoJSON that is a map for an hour, and is written to no database. */
export class Previews {
  readonly #shelf: Shelf;
  readonly #caps: Caps;
  readonly #gate = new Gate(AT_ONCE);
  readonly #thread = new Thread<PreviewJob, unknown>(new URL('./worker', import.meta.url), {
    maxWaiting: 256,
    timeoutMs: 60_000,
    heapMb: HEAP_MB,
  });

  constructor({ config }: PreviewNeeds) {
    this.#shelf = new Shelf(join(config.dataDir, 'previews'), config.previewBytes);
    this.#caps = config.tile;
  }

  /**
   * Holds the GeoJSON that comes with a request.
   * @throws AppError `body_too_large`, `malformed_body` with its place, `preview_no_room`, `server_busy`
   */
  add(req: Request, name: string | undefined, client: string): Promise<Kept> {
    return this.#gate.run(client, 1, async () => {
      const { id, given, kept } = await this.#shelf.begin();
      try {
        await receive(req, given, MOST_BYTES);
        const checked = (await this.#thread.run({ kind: 'check', given, kept }, client)) as Checked;
        const preview = { id, name, ...checked, madeAt: new Date().toISOString() };
        await this.#shelf.keep(preview);
        return preview;
      } catch (error) {
        await this.#shelf.remove(id);
        throw error;
      } finally {
        await rm(given, { force: true });
      }
    });
  }

  /** @throws AppError `preview_not_found` */
  get(id: string): Promise<Kept> {
    return this.#shelf.get(id);
  }

  /** Where its features stand, one on each line, for whoever reads them all. @throws AppError `preview_not_found` */
  async file(id: string): Promise<string> {
    await this.#shelf.get(id);
    return this.#shelf.file(id);
  }

  async tile(id: string, coord: TileCoord, client: string): Promise<EncodedLayer> {
    const job: PreviewJob = { kind: 'tile', file: await this.file(id), coord, caps: this.#caps };
    return (await this.#thread.run(job, client)) as EncodedLayer;
  }

  /** Numbers of a column; null where a feature has none. @throws AppError `invalid_parameter` where it has no numbers */
  async values(id: string, column: string, client: string): Promise<(number | null)[]> {
    const { facts } = await this.#shelf.get(id);
    const numbers = Object.keys(facts.fields).filter((name) => facts.fields[name]?.type === 'Number');
    if (!numbers.includes(column))
      throw invalidParameter(
        'column',
        column,
        `a column of numbers: ${numbers.slice(0, 30).join(', ') || 'there is none'}`,
      );
    const job: PreviewJob = { kind: 'values', file: this.#shelf.file(id), column };
    const values = (await this.#thread.run(job, client)) as Float64Array;
    return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  }

  /** @throws AppError `preview_not_found` */
  async remove(id: string): Promise<void> {
    await this.#shelf.get(id);
    await this.#shelf.remove(id);
  }

  /** Removes those that have had their hour. */
  tidy(): Promise<void> {
    return this.#shelf.tidy();
  }
}
