import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_ZOOM, latitudeOf, longitudeOf, tileAt } from '../../engine/grid.ts';
import type { MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { memoryTile } from '../../engine/memory/tile.ts';
import type { Topology } from '../../engine/topology/topology.ts';
import { columnsOf } from '../table.ts';

/** The zooms that are warmed, those whose tiles are soonest made first. Deeper tiles hold next to nothing. */
export const WARMED: readonly number[] = Array.from({ length: 15 }, (_, i) => 14 - i);

/**
 * Makes a tile of a zoom of a layer where it has something, and throws it away: what the tiles of a zoom have in common is there
 * then, and V8 has compiled what makes them for data like this.
 */
export async function warmUp(
  loaded: MemoryLayer,
  zoom: number,
  caps: { readonly maxFeatures: number; readonly maxBytes: number },
): Promise<void> {
  const { source, index } = loaded;
  const place = somewhere(index.topology);
  if (!place || zoom < (source.minzoom ?? 0) || zoom > (source.maxzoom ?? MAX_ZOOM)) return;
  await index.prepare(zoom);
  const columns = columnsOf(source, undefined);
  await memoryTile(loaded, { name: source.id, coord: tileAt(...place, zoom), columns, filters: [], ...caps });
  await nextTurn();
}

/** Longitude and latitude of a vertex in the middle of the data. */
function somewhere({ coords, pointPosition }: Topology): [number, number] | undefined {
  if (pointPosition.length > 0) {
    const point = 2 * (pointPosition.length >> 2);
    return [pointPosition[point] ?? 0, pointPosition[point + 1] ?? 0];
  }
  const vertex = 2 * (coords.length >> 2);
  const [x, y] = [coords[vertex], coords[vertex + 1]];
  return x === undefined || y === undefined ? undefined : [longitudeOf(x), latitudeOf(y)];
}
