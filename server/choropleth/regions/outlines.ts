import type { Geometry, Position } from 'geojson';
import { LRUCache } from 'lru-cache';
import type { MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { simplifySteps } from '../../engine/topology/simplify.ts';
import { SingleFlight } from '../../http/cache/flight.ts';
import { mapped } from '../../tools/slices.ts';
import { inTurns } from '../../tools/turns.ts';

/** Memory for outlines as texts, for the few zooms that maps ask for: all layers together. */
const OUTLINE_BYTES = 96_000_000;
const TEXT_OVERHEAD = 40;
const outlines = new LRUCache<string, readonly string[]>({
  maxSize: OUTLINE_BYTES,
  sizeCalculation: (texts) => texts.reduce((sum, text) => sum + text.length + TEXT_OVERHEAD, 1),
});
const making = new SingleFlight<readonly string[]>();
const names = new WeakMap<MemoryLayer, number>();
let named = 0;

/**
 * The outline of every region as GeoJSON text ('null' where it has none), with no more detail than a
 * map of `zoom` shows and `precision` decimal places of degrees. Neighbours keep their border shared.
 */
export async function outlineTexts(
  layer: MemoryLayer,
  zoom: number,
  precision: number,
): Promise<readonly string[]> {
  const name = names.get(layer) ?? ++named;
  names.set(layer, name);
  const key = `${name}/${zoom}/${precision}`;
  const known = outlines.get(key);
  if (known) return known;
  const { value } = await making.run(key, undefined, () => inTurns(write(layer, zoom, precision)));
  outlines.set(key, value);
  return value;
}

function* write(layer: MemoryLayer, zoom: number, precision: number): Generator<undefined, string[]> {
  const factor = 10 ** precision;
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * factor) / factor : value;
  const geometries = yield* simplifySteps(layer.index.topology, { zoom });
  return yield* mapped(geometries, (geometry) =>
    geometry ? JSON.stringify(withoutRepeats(geometry, factor), rounded) : 'null',
  );
}

/** Positions that fall together when they are rounded are written once; a ring keeps at least four. */
function withoutRepeats(geometry: Geometry, factor: number): Geometry {
  const same = (a: Position, b: Position): boolean =>
    Math.round((a[0] ?? 0) * factor) === Math.round((b[0] ?? 0) * factor) &&
    Math.round((a[1] ?? 0) * factor) === Math.round((b[1] ?? 0) * factor);
  const ring = (positions: Position[]): Position[] => {
    const distinct = positions.filter(
      (position, i) => i === 0 || !same(position, positions[i - 1] as Position),
    );
    return distinct.length >= 4 ? distinct : positions;
  };
  if (geometry.type === 'Polygon') return { ...geometry, coordinates: geometry.coordinates.map(ring) };
  if (geometry.type === 'MultiPolygon') {
    return { ...geometry, coordinates: geometry.coordinates.map((polygon) => polygon.map(ring)) };
  }
  return geometry;
}
