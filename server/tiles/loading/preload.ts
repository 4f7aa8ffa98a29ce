import type { TableLayer } from '../../catalog/types.ts';
import { relationName } from '../../catalog/types.ts';
import type { MemoryLayers } from '../../engine/memory/layers.ts';
import type { MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { UNKNOWN } from '../../generations/tokens.ts';
import { within } from '../../tools/within.ts';
import { inOrder, type Remembered } from './asked.ts';
import { WARMED } from './warm-up.ts';

export interface PreloadContext {
  readonly memory: Pick<MemoryLayers, 'fits' | 'get'>;
  readonly generations: { of(relation: string): string };
}

/** How long somebody who asks already waits for layers (ms): from the disk most are there by then, and what is not comes from the database. */
const PATIENCE_MS = 250;

/**
 * Loads the layers that were asked for most, one after the other so that several processes are not too much for a database, and
 * then has each made ready by `warm`, zoom by zoom. Resolves when that is done, or its time is over, which is soon once somebody has `asked`. Layers that are not there by then are loaded
 * behind it until `signal` fires; nothing is warmed any more, as requests have the processor then. Nothing fails: who asks for a
 * layer is told.
 */
export async function preload(
  layers: readonly TableLayer[],
  ctx: PreloadContext,
  waitMs: number,
  warm: (layer: MemoryLayer, zoom: number) => Promise<void>,
  signal: AbortSignal,
  asked: Promise<void> = new Promise(() => {}),
): Promise<void> {
  let isOver = false;
  const work = async (): Promise<void> => {
    const loaded: MemoryLayer[] = [];
    for (const layer of layers) {
      if (signal.aborted) return;
      const one = await load(layer, ctx).catch(() => undefined);
      if (one) loaded.push(one);
    }
    for (const zoom of WARMED) {
      for (const layer of loaded) {
        if (signal.aborted || isOver) return;
        await warm(layer, zoom).catch(() => {});
      }
    }
  };
  const whole = work();
  const hurried = asked.then(() => {
    isOver = true;
    return within(whole, PATIENCE_MS);
  });
  await within(Promise.race([whole, hurried]), waitMs);
  isOver = true;
}

async function load(
  layer: TableLayer,
  { memory, generations }: PreloadContext,
): Promise<MemoryLayer | undefined> {
  const token = generations.of(relationName(layer));
  // What nothing tells the changes of is read anew every few seconds.
  if (token === UNKNOWN || !(await memory.fits(layer, token))) return undefined;
  return memory.get(layer, token);
}

/** The layers to be loaded, first those that were asked for most: as many as fit beside each other. */
export function chosen(
  all: readonly TableLayer[],
  asked: ReadonlyMap<string, Remembered>,
  maxVertices: number,
): TableLayer[] {
  const byId = new Map(all.map((layer) => [layer.id, layer]));
  let room = maxVertices;
  return inOrder(asked).flatMap(([id, { vertices }]) => {
    const layer = byId.get(id);
    // Each role that reads it has rows of its own.
    if (!layer || layer.problem || layer.access === 'role' || vertices > room) return [];
    room -= vertices;
    return [layer];
  });
}
