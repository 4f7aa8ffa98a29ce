import type { TableLayer } from '../catalog/types.ts';
import { relationName } from '../catalog/types.ts';
import { isTile } from '../engine/grid.ts';
import type { TileCoord } from '../engine/types.ts';
import { UNKNOWN } from '../generations/tokens.ts';
import type { Representation } from '../http/answers/respond.ts';
import type { TileNow } from '../http/answers/tile-now.ts';
import { cacheControl } from '../http/answers/urls.ts';
import type { CacheOutcome } from '../http/cache/response-cache.ts';
import { inTurns } from '../tools/turns.ts';
import type { TilesContext as Context } from './context.ts';
import { planLayers, tileInSteps, tileKey, tileNow } from './service.ts';
import type { LayerPlan } from './types.ts';
import { layerVersion } from './version.ts';

/** How a layer's tiles of a zoom are made where nothing more is asked of them. */
interface KeptPlan {
  readonly layer: TableLayer;
  readonly plans: readonly [LayerPlan];
  readonly token: string;
  readonly engine: string;
  readonly version: string;
}

/** A tile of a layer, as its URL says. */
interface Asked {
  readonly id: string;
  readonly coord: TileCoord;
  readonly generation: string | undefined;
}

type Had = { readonly answer: Representation; readonly cache: CacheOutcome };

const VERSIONED = { versioned: true };

/**
 * Tiles of one layer that need nothing but what is in memory. What is worked out for a request is the same for all tiles of a zoom until any
 * data, layer or engine changes, so it is kept until then.
 */
export class TilesNow {
  readonly #ctx: Context;
  /** By layer as it is asked for, and zoom; null where its tiles have to be waited for. */
  readonly #kept = new Map<string, (KeptPlan | null)[]>();
  #epoch = -1;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /**
   * Undefined where it has to go the usual way. @param signal of the client, made where it has to wait
   * @throws AppError what the usual way would throw
   */
  tile(asked: Asked, signal: () => AbortSignal): TileNow | Promise<TileNow> | undefined {
    const { id, coord } = asked;
    const kept = isTile(coord) ? this.#planOf(id, coord.z) : null;
    if (!kept) return undefined;
    const { plans } = kept;
    const { cache } = this.#ctx;
    const key = tileKey(plans, coord);
    const tell = (had: Had): TileNow => this.#told(kept, had, asked);
    const had = cache.getNow(key, () => tileNow(this.#ctx, plans, coord), VERSIONED);
    if (had) return tell(had);
    const steps = tileInSteps(this.#ctx, plans[0], coord);
    return steps && cache.getHere(key, signal, (flight) => inTurns(steps, flight), VERSIONED)?.then(tell);
  }

  #told({ layer, version }: KeptPlan, { answer, cache }: Had, { id, coord, generation }: Asked): TileNow {
    // Tokens only grow: the same before and after means that the bytes are of this very version.
    const isCurrent = generation === version && layerVersion(this.#ctx, layer) === version;
    return {
      tile: answer,
      cache,
      cacheControl: cacheControl(isCurrent),
      canonical: generation === undefined || isCurrent,
      layers: id,
      z: coord.z,
    };
  }

  #planOf(id: string, z: number): KeptPlan | null {
    const epoch = this.#ctx.epoch();
    if (epoch !== this.#epoch) {
      this.#kept.clear();
      this.#epoch = epoch;
    }
    const known = this.#kept.get(id)?.[z];
    if (known === null) return null;
    if (known && this.#ctx.memory.engineOf(known.layer, known.token) === known.engine) return known;
    const plan = this.#plan(id, z);
    const zooms = this.#kept.get(id) ?? [];
    zooms[z] = plan;
    this.#kept.set(id, zooms);
    return plan;
  }

  #plan(id: string, z: number): KeptPlan | null {
    const { catalog, generations, memory } = this.#ctx;
    const layer = catalog.layer(id);
    if (layer.type !== 'table' || layer.access !== undefined) return null;
    const token = generations.of(relationName(layer));
    const version = layerVersion(this.#ctx, layer);
    const engine = memory.engineOf(layer, token);
    const [plan] = planLayers(this.#ctx, [layer], {
      coord: { z, x: 0, y: 0 },
      columns: undefined,
      query: {},
    });
    if (token === UNKNOWN || version === UNKNOWN || !plan?.makeNow || !plan.versioned) return null;
    return { layer, plans: [plan], token, engine, version };
  }
}
