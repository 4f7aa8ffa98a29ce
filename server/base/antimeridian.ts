import type { Feature, Geometry, Position } from 'geojson';

/**
 * The data cross the antimeridian with a step from 180 to −180 degrees, which a plane would draw around the whole
 * world. Here they go on beyond 180 instead; what cuts tiles brings that to the other side.
 */
export function unwrapped(feature: Feature): Feature {
  return { ...feature, geometry: unwrappedGeometry(feature.geometry) };
}

function unwrappedGeometry(geometry: Geometry): Geometry {
  if (geometry.type === 'Polygon')
    return { ...geometry, coordinates: geometry.coordinates.map(unwrappedRing) };
  if (geometry.type === 'MultiPolygon')
    return { ...geometry, coordinates: geometry.coordinates.map((rings) => rings.map(unwrappedRing)) };
  if (geometry.type === 'LineString')
    return { ...geometry, coordinates: unwrappedLine(geometry.coordinates) };
  if (geometry.type === 'MultiLineString')
    return { ...geometry, coordinates: geometry.coordinates.map(unwrappedLine) };
  return geometry;
}

function unwrappedLine(line: readonly Position[]): Position[] {
  let turns = 0;
  return line.map(([x = 0, y = 0], i) => {
    const step = i === 0 ? 0 : x - (line[i - 1]?.[0] ?? 0);
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    return [x + 360 * turns, y];
  });
}

/** A ring that does not come back to where it began goes around a pole, and is closed there. */
function unwrappedRing(ring: readonly Position[]): Position[] {
  const line = unwrappedLine(ring);
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last || Math.abs((last[0] ?? 0) - (first[0] ?? 0)) < 180) return line;
  const pole = (first[1] ?? 0) < 0 ? -90 : 90;
  return [...line, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}
