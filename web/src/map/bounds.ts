import { LngLatBounds, type GeoJSONFeature } from 'maplibre-gl';

/** Of what is drawn of regions; empty where there is none. */
export function boundsOf(features: readonly GeoJSONFeature[]): LngLatBounds {
  const bounds = new LngLatBounds();
  for (const { geometry } of features) {
    const polygons =
      geometry.type === 'Polygon'
        ? [geometry.coordinates]
        : geometry.type === 'MultiPolygon'
          ? geometry.coordinates
          : [];
    for (const [x = 0, y = 0] of polygons.flat(2)) bounds.extend([x, y]);
  }
  return bounds;
}
