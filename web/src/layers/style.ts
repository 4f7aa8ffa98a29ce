import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';
import type { TileJson } from '../api.ts';
import { onBase, SURFACE, VIEW } from '../map/map-style.ts';

type Color = ExpressionSpecification | string;

const PLAIN = { light: '#1c5d99', dark: '#7db8f0' } satisfies Record<Theme, string>;
/** Sources and layers of the style that are not of the base map begin with it. */
export const SOURCE = 'layer';

/** Whether a layer of the style is one of those that the map is about. */
export const isOwn = (layer: LayerSpecification): boolean => 'source' in layer && layer.source === SOURCE;

/** Layers in one colour or in that of an expression, each geometry as it is seen best. */
export function layerStyle(
  layer: TileJson,
  theme: Theme,
  { base, color }: { base?: StyleSpecification | undefined; color?: Color | undefined } = {},
): StyleSpecification {
  return onBase(ownStyle(layer, theme, color), base);
}

function ownStyle(
  { tiles, attribution, bounds, minzoom, maxzoom, vector_layers }: TileJson,
  theme: Theme,
  color: Color | undefined,
): StyleSpecification {
  const { background } = SURFACE[theme];
  const common = { tiles, bounds, minzoom, maxzoom, ...(attribution ? { attribution } : {}) };
  const whole = { metadata: { [VIEW]: bounds }, version: 8 } as const;
  const paper: LayerSpecification = {
    id: 'background',
    type: 'background',
    paint: { 'background-color': background },
  };
  if (!vector_layers) {
    const sources = { [SOURCE]: { type: 'raster', ...common, tileSize: 256 } } as const;
    return { ...whole, sources, layers: [paper, { id: 'pictures', type: 'raster', source: SOURCE }] };
  }
  const drawn = vector_layers.flatMap(({ id }) => geometriesOf(id, theme, color));
  return { ...whole, sources: { [SOURCE]: { type: 'vector', ...common } }, layers: [paper, ...drawn] };
}

/** Areas below lines below points, whatever of them there is. */
function geometriesOf(id: string, theme: Theme, color: Color | undefined): LayerSpecification[] {
  const { outline, line } = SURFACE[theme];
  const paint = color ?? PLAIN[theme];
  const of = (type: string): { source: string; 'source-layer': string; filter: FilterSpecification } => ({
    source: SOURCE,
    'source-layer': id,
    filter: ['in', type, ['geometry-type']] satisfies ExpressionSpecification, // MultiPolygon too
  });
  return [
    {
      id: `${id}-fill`,
      type: 'fill',
      ...of('Polygon'),
      paint: { 'fill-color': paint, 'fill-opacity': color === undefined ? 0.55 : 1 },
    },
    {
      id: `${id}-outline`,
      type: 'line',
      ...of('Polygon'),
      paint: {
        'line-color': outline,
        'line-width': ['interpolate', ['linear'], ['zoom'], 3, 0.2, 8, 0.9],
        'line-opacity': 0.7,
      },
    },
    {
      id: `${id}-line`,
      type: 'line',
      ...of('LineString'),
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': paint, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 1.2, 12, 3] },
    },
    {
      id: `${id}-point`,
      type: 'circle',
      ...of('Point'),
      paint: {
        'circle-color': paint,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 2, 2.5, 8, 5, 13, 7],
        'circle-stroke-color': line, // the lightest class is as light as land
        'circle-stroke-opacity': 0.6,
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 2, 0.4, 8, 1],
      },
    },
  ];
}
