import type { Geometry, Position } from 'geojson';

/** WGS 84: semi-major axis in metres, flattening. */
const A = 6_378_137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const E = Math.sqrt(E2);

/** Squared radius, in m², of the sphere with the area of the ellipsoid. */
const RADIUS2 = (A * A * q(1)) / 2;

/**
 * Area of polygons on the WGS 84 ellipsoid in m², between geodesics, as PostGIS has it of a geography; 0 of anything
 * else.
 *
 * Latitudes are taken to the sphere with the area of the ellipsoid (authalic latitudes, Snyder 1987, "Map
 * Projections: a Working Manual", 3-11 and 3-12), where areas are as on the ellipsoid and geodesics nearly great
 * circles. There each edge adds the triangle that it makes with the pole, by its spherical excess.
 */
export function ellipsoidArea(geometry: Geometry): number {
  if (geometry.type === 'Polygon') return polygonArea(geometry.coordinates);
  if (geometry.type === 'MultiPolygon') return sumOf(geometry.coordinates, polygonArea);
  if (geometry.type === 'GeometryCollection') return sumOf(geometry.geometries, ellipsoidArea);
  return 0;
}

function polygonArea([outer = [], ...holes]: readonly Position[][]): number {
  return Math.max(0, ringArea(outer) - sumOf(holes, ringArea));
}

function ringArea(ring: readonly Position[]): number {
  let excess = 0;
  let before = ring[0];
  if (!before) return 0;
  let from = authalic(before[1]!);
  for (const position of ring.slice(1)) {
    const to = authalic(position[1]!);
    excess += edgeExcess(((position[0]! - before[0]!) * Math.PI) / 180, from, to);
    [before, from] = [position, to];
  }
  return Math.abs(excess) * RADIUS2;
}

/**
 * Area between an edge and the equator on the unit sphere; `from` and `to` are latitudes. An edge of half a turn or
 * more, such as one along a pole or the edge of the map, is no shortest line: it follows the parallel.
 */
function edgeExcess(turn: number, from: number, to: number): number {
  if (Math.abs(turn) >= Math.PI) return (turn * (Math.sin(from) + Math.sin(to))) / 2;
  const [a, b] = [Math.tan(from / 2), Math.tan(to / 2)];
  return 2 * Math.atan2(Math.sin(turn / 2) * (a + b), Math.cos(turn / 2) * (1 + a * b));
}

/** Latitude in radians on the sphere of equal area. */
function authalic(latitude: number): number {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return Math.asin(Math.max(-1, Math.min(1, q(sine) / q(1))));
}

function q(sine: number): number {
  return (1 - E2) * (sine / (1 - E2 * sine * sine) + Math.atanh(E * sine) / E);
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
