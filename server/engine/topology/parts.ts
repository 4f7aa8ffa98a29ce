import type { Geometry, Position } from 'geojson';
import { GeometryType } from '../types.ts';

/** One line, or one polygon (exterior ring first), of the feature in `row`. */
export interface ShapePart {
  readonly row: number;
  readonly type: typeof GeometryType.line | typeof GeometryType.polygon;
  readonly chains: Position[][];
}

/** One position of a point layer, or of a MultiPoint, of the feature in `row`. */
export interface PointPart {
  readonly row: number;
  readonly position: Position;
}

export interface Parts {
  readonly points: PointPart[];
  readonly shapes: ShapePart[];
  /** Number of rows, with and without geometry. */
  readonly rows: number;
}

/**
 * Geometries (degrees) taken apart into points, lines and polygons, in row order. Repeated positions
 * and positions that are not numbers are left out; so are rings and lines with too few positions left.
 * Of a collection the parts of the highest dimension count, as `ST_AsMVTGeom` has it: an MVT feature
 * has one type.
 */
export function partsOf(geometries: readonly (Geometry | null)[]): Parts {
  const parts: Parts = { points: [], shapes: [], rows: geometries.length };
  geometries.forEach((geometry, row) => {
    if (geometry) addParts(parts, row, geometry, dimension(geometry));
  });
  return parts;
}

/** MVT's geometry types are the dimension plus one, so the highest type is the one to draw. */
function dimension(geometry: Geometry): GeometryType | 0 {
  if (geometry.type === 'GeometryCollection') {
    return geometry.geometries.reduce<GeometryType | 0>((max, one) => {
      const type = dimension(one);
      return type > max ? type : max;
    }, 0);
  }
  if (geometry.type.endsWith('Point')) return GeometryType.point;
  return geometry.type.endsWith('LineString') ? GeometryType.line : GeometryType.polygon;
}

function addParts(parts: Parts, row: number, geometry: Geometry, type: GeometryType | 0): void {
  if (geometry.type === 'GeometryCollection') {
    for (const one of geometry.geometries) addParts(parts, row, one, type);
    return;
  }
  if (dimension(geometry) !== type) return;
  switch (geometry.type) {
    case 'Point':
      return addPoints(parts, row, [geometry.coordinates]);
    case 'MultiPoint':
      return addPoints(parts, row, geometry.coordinates);
    case 'LineString':
      return addLine(parts, row, geometry.coordinates);
    case 'MultiLineString':
      return geometry.coordinates.forEach((line) => addLine(parts, row, line));
    case 'Polygon':
      return addPolygon(parts, row, geometry.coordinates);
    case 'MultiPolygon':
      return geometry.coordinates.forEach((polygon) => addPolygon(parts, row, polygon));
  }
}

function addPoints(parts: Parts, row: number, positions: Position[]): void {
  for (const position of positions) if (isPlace(position)) parts.points.push({ row, position });
}

function addLine(parts: Parts, row: number, line: Position[]): void {
  const clean = withoutRepeats(line);
  if (clean.length >= 2) parts.shapes.push({ row, type: GeometryType.line, chains: [clean] });
}

function addPolygon(parts: Parts, row: number, rings: Position[][]): void {
  const [exterior, ...holes] = rings.map(closedRing);
  // There and back (a, b, a) has no area, but still says where the region is.
  if (!exterior || exterior.length < 3) return;
  const chains = [exterior, ...holes.filter((hole) => hole.length >= 4)];
  parts.shapes.push({ row, type: GeometryType.polygon, chains });
}

/** The ring with its last position equal to the first: by definition, but not in everybody's data. */
function closedRing(ring: Position[]): Position[] {
  const clean = withoutRepeats(ring);
  const first = clean[0];
  const last = clean.at(-1);
  if (first && last && (first[0] !== last[0] || first[1] !== last[1])) clean.push(first);
  return clean;
}

function withoutRepeats(chain: Position[]): Position[] {
  const clean: Position[] = [];
  let previous: Position | undefined;
  for (const position of chain) {
    if (!isPlace(position)) continue;
    if (previous && previous[0] === position[0] && previous[1] === position[1]) continue;
    clean.push(position);
    previous = position;
  }
  return clean;
}

function isPlace(position: Position): boolean {
  return Number.isFinite(position[0]) && Number.isFinite(position[1]);
}
