import type { FunctionLayer } from '../../catalog/types.ts';
import type { TilesContext as Context } from '../context.ts';
import { tileAt } from '../../engine/grid.ts';
import type { TileCoord } from '../../engine/types.ts';
import { AppError } from '../../errors.ts';
import { SingleFlight } from '../../http/cache/flight.ts';
import { notedContents, type Contents } from '../contents.ts';
import { planFunction } from '../function.ts';
import type { TileRequest } from '../types.ts';

/** How long TileJSON waits for a tile to look into, and how long it does not try again. */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 60_000;
/** Sets of parameters that are tried: anybody can invent more. */
const MOST_TRIED = 100;

const tried = new WeakMap<FunctionLayer, Map<string, number>>();
const looking = new SingleFlight<void>();

/**
 * What a function's tiles hold: as its comment says, else as its tiles have shown, else as one that is made to look
 * into it.
 * @throws AppError `invalid_parameter` (400) for parameters that its tiles would refuse
 */
export async function contentsOf(
  ctx: Context,
  layer: FunctionLayer,
  query: TileRequest['query'],
): Promise<Contents> {
  planFunction(ctx, layer, { coord: { z: 0, x: 0, y: 0 }, query });
  if (layer.vectorLayers) return { layers: layer.vectorLayers };
  if (!notedContents(layer)) await look(ctx, layer, query);
  const declared = layer.contentType?.startsWith('image/') ? layer.contentType : undefined;
  return notedContents(layer) ?? { layers: [], type: declared };
}

async function look(ctx: Context, layer: FunctionLayer, query: TileRequest['query']): Promise<void> {
  const key = JSON.stringify([layer.id, query]);
  const before = tried.get(layer) ?? new Map<string, number>();
  tried.set(layer, before);
  if (Date.now() - (before.get(key) ?? -Infinity) < AGAIN_MS || before.size >= MOST_TRIED) return;
  before.set(key, Date.now());
  await looking.run(key, undefined, () => lookAtPlaces(ctx, layer, query));
}

async function lookAtPlaces(ctx: Context, layer: FunctionLayer, query: TileRequest['query']): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (const coord of placesOf(layer)) {
    if (signal.aborted) return;
    try {
      const made = await planFunction(ctx, layer, { coord, query }).make(coord, signal);
      if (made.bytes.length > 0) return;
    } catch (error) {
      if (error instanceof AppError && error.status === 400) throw error;
      return; // who asks for a tile is told why it fails
    }
  }
}

/** Tiles in which there should be something: the middle of the layer's bounds, from its first zoom to its last. */
function placesOf({ bounds, minzoom = 0, maxzoom = 14 }: FunctionLayer): TileCoord[] {
  const [west, south, east, north] = bounds ?? [-180, -80, 180, 80];
  const zooms = [
    ...new Set([
      minzoom,
      Math.min(minzoom + 1, maxzoom),
      ...(bounds ? [Math.ceil((minzoom + maxzoom) / 2), maxzoom] : []),
    ]),
  ];
  const shares = [1 / 2, 1 / 4, 3 / 4];
  return zooms.flatMap((z) => {
    const places = shares.flatMap((i) =>
      shares.map((j) => tileAt(west + i * (east - west), south + j * (north - south), z)),
    );
    const distinct = new Map(places.map((place) => [`${place.x}/${place.y}`, place]));
    return [...distinct.values()].slice(0, 4);
  });
}
