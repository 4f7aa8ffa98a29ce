import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';
import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';

/** Layers of the server's style that the page refers to. */
export const REGIONS_LAYER = 'regions';
const LINE_COLORS = { outlines: 'outline', hover: 'hover' } as const;
/** Statuses that have a layer of their own, which hatches them. */
const HATCHED = ['suppressed', 'unreliable'] as const;
/** Layers that the page adds: a selected region has a light and a dark line, to be seen on any colour. */
export const SELECTED_LAYERS = ['selected-halo', 'selected'] as const;
/** The same of regions that an answer is about; dashed, so that the selected one stands out among them. */
export const MARKED_LAYERS = ['marked-halo', 'marked'] as const;

/** Regions with a line around them, by code. */
export interface Outlined {
  selected: string | undefined;
  marked: readonly string[];
}

export const SURFACE = {
  light: { background: '#eef1f3', outline: '#ffffff', hover: '#222222', halo: '#ffffff', line: '#10151a' },
  // Lighter than an isolated value, darker than missing data: the sea is neither.
  dark: { background: '#1c2731', outline: '#0e1318', hover: '#ffffff', halo: '#0b0e11', line: '#ffffff' },
} satisfies Record<Theme, Record<string, string>>;

/** West, south, east, north of what a map opens with, in degrees. */
export type Box = readonly [west: number, south: number, east: number, north: number];

export const VIEW = 'chorograph:view';

export function openingBox(style: StyleSpecification): Box | undefined {
  return (style.metadata as Record<string, Box | undefined> | undefined)?.[VIEW];
}

/**
 * The server's style in the colours of the theme, with the selection on top. Regions are coloured by their
 * code, from the values and not from what the tiles say: new values need no new tiles.
 */
export function pageStyle(
  answer: Answer,
  theme: Theme,
  { selected, marked }: Outlined,
  base?: StyleSpecification,
): StyleSpecification {
  return onBase(regionStyle(answer, theme, { selected, marked }), base);
}

/** Regions between the land and the names of a base map; by themselves without one. */
export function onBase(style: StyleSpecification, base: StyleSpecification | undefined): StyleSpecification {
  if (!base) return style;
  const isName = ({ type }: LayerSpecification): boolean => type === 'symbol';
  return {
    ...style,
    ...(base.glyphs === undefined ? {} : { glyphs: base.glyphs }),
    sources: { ...base.sources, ...style.sources },
    layers: [
      ...base.layers.filter((layer) => !isName(layer)),
      ...style.layers.filter(({ type }) => type !== 'background'),
      ...base.layers.filter(isName),
    ],
  };
}

function regionStyle(answer: Answer, theme: Theme, { selected, marked }: Outlined): StyleSpecification {
  const { style } = answer;
  const surface = SURFACE[theme];
  const layers = style.layers.map((layer): LayerSpecification => {
    if (layer.type === 'background') return { ...layer, paint: { 'background-color': surface.background } };
    const line = Object.entries(LINE_COLORS).find(([id]) => id === layer.id)?.[1];
    if (line && layer.type === 'line')
      return { ...layer, paint: { ...layer.paint, 'line-color': surface[line] } };
    return byCode(layer, answer);
  });
  const regions = style.layers.find(({ id }) => id === REGIONS_LAYER);
  if (regions?.type !== 'fill') return { ...style, layers };
  const place = { source: regions.source, 'source-layer': regions['source-layer'] ?? '' };
  const [halo, line] = SELECTED_LAYERS;
  const [markedHalo, markedLine] = MARKED_LAYERS;
  const filter = selectedFilter(selected);
  return {
    ...style,
    layers: [
      ...layers,
      selectedLayer(markedHalo, place, markedFilter(marked), { 'line-color': surface.halo, 'line-width': 4 }),
      selectedLayer(markedLine, place, markedFilter(marked), {
        'line-color': surface.line,
        'line-width': 2,
        'line-dasharray': [2, 1.5],
      }),
      selectedLayer(halo, place, filter, { 'line-color': surface.halo, 'line-width': 5 }),
      selectedLayer(line, place, filter, { 'line-color': surface.line, 'line-width': 2.5 }),
    ],
  };
}

/** A layer whose look depends on values, made to depend on the code of the region instead. */
function byCode(layer: LayerSpecification, answer: Answer): LayerSpecification {
  if (layer.type !== 'fill') return layer;
  if (layer.id === REGIONS_LAYER)
    return { ...layer, paint: { ...layer.paint, 'fill-color': fillColor(answer) } };
  const status = HATCHED.find((each) => layer.id === `${REGIONS_LAYER}-${each}`);
  return status ? { ...layer, filter: statusFilter(answer, status) } : layer;
}

function fillColor({ regions, colorOf, noDataColor }: Answer): ExpressionSpecification | string {
  const codes = new Map<string, string[]>();
  for (const region of regions) {
    const color = colorOf(region);
    const own = codes.get(color);
    if (own) own.push(region.code);
    else codes.set(color, [region.code]);
  }
  if (codes.size === 0) return noDataColor; // an expression needs a case
  const cases = [...codes].flatMap(([color, own]) => [own, color]);
  return ['match', ['get', 'code'], ...cases, noDataColor] as unknown as ExpressionSpecification;
}

function statusFilter({ regions }: Answer, status: Region['status']): FilterSpecification {
  const codes = regions.filter((region) => region.status === status).map(({ code }) => code);
  return codes.length === 0 ? selectedFilter(undefined) : ['match', ['get', 'code'], codes, true, false];
}

export function selectedFilter(code: string | undefined): FilterSpecification {
  // No region has an empty code.
  return ['==', ['get', 'code'], code ?? ''] satisfies ExpressionSpecification;
}

export function markedFilter(codes: readonly string[]): FilterSpecification {
  return ['in', ['get', 'code'], ['literal', [...codes]]] satisfies ExpressionSpecification;
}

function selectedLayer(
  id: string,
  place: { source: string; 'source-layer': string },
  filter: FilterSpecification,
  paint: { 'line-color': string; 'line-width': number; 'line-dasharray'?: number[] },
): LayerSpecification {
  return { id, type: 'line', ...place, filter, layout: { 'line-join': 'round' }, paint };
}
