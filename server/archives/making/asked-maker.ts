import type { TableLayer } from '../../catalog/types.ts';
import { anyInTile } from '../../engine/postgis/tile-query.ts';
import type { TileCoord } from '../../engine/types.ts';
import type { LayerPlan, TilesContext } from '../../tiles/public.ts';
import { DataChanged, type Batch, type Maker, type Outcome } from './outcome.ts';
import { pack } from './pack.ts';

/** Batches at a time: while the last tiles of one are on their way, those of the next are begun. */
const BATCHES = 2;

/**
 * Tiles that the database makes, as many at a time as it has connections for. Each says of which generation it is, by the
 * statement that made it.
 */
export class AskedMaker implements Maker {
  readonly width = BATCHES;
  readonly #ctx: TilesContext;
  readonly #layer: TableLayer;
  readonly #plans: readonly LayerPlan[];
  readonly #signal: AbortSignal;
  readonly #places: number;

  constructor(
    ctx: TilesContext,
    layer: TableLayer,
    plans: readonly LayerPlan[],
    { connections, signal }: { connections: number; signal: AbortSignal },
  ) {
    this.#ctx = ctx;
    this.#layer = layer;
    this.#plans = plans;
    this.#signal = signal;
    this.#places = Math.max(1, Math.ceil(connections / BATCHES));
  }

  async make({ coords, wanted }: Batch): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const waiting = coords.entries();
    const work = async (): Promise<void> => {
      for (const [i, coord] of waiting) outcomes[i] = await this.#outcome(coord, wanted);
    };
    await Promise.all(Array.from({ length: this.#places }, work));
    return outcomes;
  }

  async #outcome(coord: TileCoord, wanted: boolean): Promise<Outcome> {
    if (!wanted) return (await this.#any(coord)) ? 'empty' : 'bare';
    const plan = this.#plans[coord.z];
    if (!plan) throw new Error('there is a plan for each zoom');
    const { bytes, stale } = await plan.make(coord, this.#signal);
    if (stale) throw new DataChanged();
    if (bytes.length > 0) return pack(bytes);
    return (await this.#any(coord)) ? 'empty' : 'bare';
  }

  /** Whether anything is there that is only too small to see. What cannot be looked for in one tile is looked for in those below. */
  async #any(coord: TileCoord): Promise<boolean> {
    const query = anyInTile(this.#layer, coord, this.#ctx.config.tile.buffer);
    const [row] = await this.#ctx.db
      .run<{ any: boolean }>(query, { signal: this.#signal, readOnly: true })
      .catch((error: unknown) => {
        if (this.#signal.aborted) throw error;
        return [{ any: true }];
      });
    return row?.any ?? true;
  }
}
