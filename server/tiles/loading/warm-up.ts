import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_ZOOM, latitudeOf, longitudeOf, tileAt } from '../../engine/grid.ts';
import type { MemoryLayer } from '../../engine/memory/layers.ts';
import { memoryTile } from '../../engine/memory/tile.ts';
import type { Topology } from '../../engine/topology/topology.ts';
import { columnsOf } from '../table.ts';

/** Deeper tiles hold next to nothing, and what they have in common is soon made. */
const DEEPEST = 14;

/**
 * Makes a tile of each zoom of a layer where it has something, and throws it away: what the tiles of a zoom have in common is
 * there then, and V8 has compiled what makes them for data like this.
 */
export async function warmUp(
  loaded: MemoryLayer,
  caps: { readonly maxFeatures: number; readonly maxBytes: number },
  signal: AbortSignal,
): Promise<void> {
  const { source, index } = loaded;
  const place = somewhere(index.topology);
  if (!place) return;
  const columns = columnsOf(source, undefined);
  const last = Math.min(source.maxzoom ?? MAX_ZOOM, DEEPEST);
  for (let z = source.minzoom ?? 0; z <= last && !signal.aborted; z++) {
    await index.prepare(z);
    await memoryTile(loaded, { name: source.id, coord: tileAt(...place, z), columns, filters: [], ...caps });
    await nextTurn();
  }
}

/** Longitude and latitude of a vertex in the middle of the data. */
function somewhere({ coords, points }: Topology): [number, number] | undefined {
  if (points.length > 0) {
    const [longitude = 0, latitude = 0] = points[points.length >> 1]?.position ?? [];
    return [longitude, latitude];
  }
  const vertex = 2 * (coords.length >> 2);
  const [x, y] = [coords[vertex], coords[vertex + 1]];
  return x === undefined || y === undefined ? undefined : [longitudeOf(x), latitudeOf(y)];
}
