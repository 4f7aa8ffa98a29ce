/** How deep the coordinates of each type of geometry lie: a position, a list of them, a list of lists … */
export const DEPTHS = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
} as const;

/** A type of geometry that has coordinates; a collection has geometries instead. */
export type Plain = keyof typeof DEPTHS;

export function isPlain(type: unknown): type is Plain {
  return typeof type === 'string' && Object.hasOwn(DEPTHS, type);
}
