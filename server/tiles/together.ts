import { explain } from '../catalog/failed-query.ts';
import type { PoolLoad } from '../db/types.ts';
import type { TileCoord } from '../engine/types.ts';
import type { TilesContext as Context } from './context.ts';
import type { LayerPlan, MadeLayer } from './types.ts';

/** How many times the cap of a layer's bytes a tile of many layers may have. */
const WIDEST_TILE = 4;
export const LEFT_OUT: MadeLayer = {
  bytes: new Uint8Array(),
  features: 0,
  truncated: true,
  engine: 'none',
};

interface Timed {
  readonly layer: MadeLayer;
  readonly ms: number;
}

/** Half of the connections that nobody uses or waits for, besides one that any tile may have. */
export function connectionsOfATile({ size, open, idle, waiting }: PoolLoad): number {
  const free = waiting > 0 ? 0 : idle + Math.max(0, size - open);
  return 1 + Math.floor(free / 2);
}

/**
 * The layers of a tile, in their order, made at once as far as connections are free. Any number may be asked for
 * together: those that no longer fit are left out, and that is said.
 * @throws AppError of the first layer, in their order, that cannot be made
 */
export async function makeTogether(
  ctx: Context,
  plans: readonly LayerPlan[],
  coord: TileCoord,
  signal: AbortSignal,
): Promise<MadeLayer[]> {
  const rest = plans.length > 1 ? new AbortController() : undefined;
  const stops = rest ? AbortSignal.any([signal, rest.signal]) : signal;
  const begun: Promise<Timed>[] = [];
  const made: MadeLayer[] = [];
  let room = WIDEST_TILE * ctx.config.tile.maxBytes;
  try {
    for (const [i, { layer }] of plans.entries()) {
      const last = rest ? i + connectionsOfATile(ctx.db.load()) : 1;
      for (const plan of room > 0 ? plans.slice(begun.length, last) : []) {
        const one = make(ctx, plan, coord, stops);
        one.catch(() => {}); // told when it is its turn
        begun.push(one);
      }
      const { layer: one, ms } = room > 0 ? await begun[i]! : { layer: LEFT_OUT, ms: 0 };
      room -= one.bytes.length;
      const bytes = one.bytes.length;
      ctx.observe({ type: 'tile.made', layer: layer.id, engine: one.engine, ...coord, ms, bytes });
      made.push(one);
    }
    return made;
  } finally {
    rest?.abort();
  }
}

async function make(ctx: Context, plan: LayerPlan, coord: TileCoord, signal: AbortSignal): Promise<Timed> {
  const started = performance.now();
  const layer = await plan.make(coord, signal).catch((error: unknown) => explain(ctx, plan.layer, error));
  return { layer, ms: performance.now() - started };
}
