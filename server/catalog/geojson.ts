import type { Geometry } from 'geojson';

/** What PostGIS writes for a part that is empty: `[]`, in 3.3 nothing between commas where it is a point. */
const EMPTY_PART = /\[\]|\[,|,,|,\]/;

/**
 * GeoJSON text of PostGIS without the empty parts that a geometry may have, which no reader expects; null where
 * nothing else is left.
 */
export function withoutEmptyParts(text: string): string | null {
  if (!EMPTY_PART.test(text)) return text;
  const valid = text.replace(/\[,+/g, '[').replace(/,+(?=[,\]])/g, '');
  const geometry = withoutEmpties(JSON.parse(valid) as Geometry);
  return geometry && JSON.stringify(geometry);
}

/** The geometry of such a text. */
export function readGeometry(text: string | null): Geometry | null {
  const filledText = text === null ? null : withoutEmptyParts(text);
  return filledText === null ? null : (JSON.parse(filledText) as Geometry);
}

function withoutEmpties(geometry: Geometry): Geometry | null {
  if (geometry.type === 'GeometryCollection') {
    const geometries = geometry.geometries.map(withoutEmpties).filter((one) => one !== null);
    return geometries.length > 0 ? { ...geometry, geometries } : null;
  }
  const coordinates = filled(geometry.coordinates);
  return coordinates.length > 0 ? ({ ...geometry, coordinates } as Geometry) : null;
}

/** Lists in lists of numbers, without those that hold nothing. */
function filled(list: readonly unknown[]): unknown[] {
  return list
    .map((item) => (Array.isArray(item) ? filled(item) : item))
    .filter((item) => !Array.isArray(item) || item.length > 0);
}
