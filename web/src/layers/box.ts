import type { Feature } from 'geojson';
import type { Box } from '../map/map-style.ts';

/** West, south, east, north of a geometry; undefined where it has none. */
export function boxOf({ geometry }: Feature): Box | undefined {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [x, y] = value as unknown[];
    if (typeof x !== 'number' || typeof y !== 'number') return value.forEach(include);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  const shapes = geometry?.type === 'GeometryCollection' ? geometry.geometries : [geometry];
  for (const shape of shapes) if (shape && 'coordinates' in shape) include(shape.coordinates);
  return box[0] <= box[2] ? box : undefined;
}
