import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import type { Theme } from '../../server/choropleth/color/index.ts';
import type { Answer } from './answer.ts';

/** Layers of the server's style that the page refers to. */
export const REGIONS_LAYER = 'regions';
const LINE_COLORS = { outlines: 'outline', hover: 'hover' } as const;
/** Layers that the page adds: a selected region has a light and a dark line, to be seen on any colour. */
export const SELECTED_LAYERS = ['selected-halo', 'selected'] as const;

const SURFACE = {
  light: { background: '#eef1f3', outline: '#ffffff', hover: '#222222', halo: '#ffffff', line: '#10151a' },
  // Lighter than an isolated value, darker than missing data: the sea is neither.
  dark: { background: '#1c2731', outline: '#0e1318', hover: '#ffffff', halo: '#0b0e11', line: '#ffffff' },
} satisfies Record<Theme, Record<string, string>>;

/** West, south, east, north of what a map opens with, in degrees. */
export type Box = readonly [west: number, south: number, east: number, north: number];

export function openingBox(style: StyleSpecification): Box | undefined {
  return (style.metadata as Record<string, Box | undefined> | undefined)?.['chorograph:view'];
}

/** The server's style in the colours of the theme, with the selection on top. */
export function pageStyle(
  { style, recolored }: Pick<Answer, 'style' | 'recolored'>,
  theme: Theme,
  selected: string | undefined,
): StyleSpecification {
  const surface = SURFACE[theme];
  const layers = style.layers.map((layer): LayerSpecification => {
    if (layer.type === 'background') return { ...layer, paint: { 'background-color': surface.background } };
    const line = Object.entries(LINE_COLORS).find(([id]) => id === layer.id)?.[1];
    if (line && layer.type === 'line')
      return { ...layer, paint: { ...layer.paint, 'line-color': surface[line] } };
    return recolor(layer, recolored) as LayerSpecification;
  });
  const regions = style.layers.find(({ id }) => id === REGIONS_LAYER);
  if (regions?.type !== 'fill') return { ...style, layers };
  const place = { source: regions.source, 'source-layer': regions['source-layer'] ?? '' };
  const [halo, line] = SELECTED_LAYERS;
  const filter = selectedFilter(selected);
  return {
    ...style,
    layers: [
      ...layers,
      selectedLayer(halo, place, filter, { 'line-color': surface.halo, 'line-width': 5 }),
      selectedLayer(line, place, filter, { 'line-color': surface.line, 'line-width': 2.5 }),
    ],
  };
}

export function selectedFilter(code: string | undefined): FilterSpecification {
  // No region has an empty code.
  return ['==', ['get', 'code'], code ?? ''] satisfies ExpressionSpecification;
}

function selectedLayer(
  id: string,
  place: { source: string; 'source-layer': string },
  filter: FilterSpecification,
  paint: { 'line-color': string; 'line-width': number },
): LayerSpecification {
  return { id, type: 'line', ...place, filter, layout: { 'line-join': 'round' }, paint };
}

/** A copy of plain data in which colours are exchanged. */
function recolor(value: unknown, colors: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return colors.get(value) ?? value;
  if (Array.isArray(value)) return value.map((entry) => recolor(entry, colors));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, recolor(entry, colors)]));
}
