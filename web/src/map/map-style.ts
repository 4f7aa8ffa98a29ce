import type {
  ExpressionSpecification,
  FillLayerSpecification,
  FilterSpecification,
  LayerSpecification,
  LineLayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';
import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { dotsName } from './hatch.ts';

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

/** The background is the water of the base map, which comes after the regions and must not be seen to. */
export const SURFACE = {
  light: {
    background: '#e6edf2',
    untold: '#dfe3e6',
    outline: '#ffffff',
    hover: '#222222',
    halo: '#ffffff',
    line: '#10151a',
  },
  dark: {
    background: '#161d25',
    untold: '#2b333b',
    outline: 'rgba(14, 19, 24, 0.55)',
    hover: '#ffffff',
    halo: '#0b0e11',
    line: '#ffffff',
  },
} satisfies Record<Theme, Record<string, string>>;

/** West, south, east, north of what a map opens with, in degrees. */
export type Box = readonly [west: number, south: number, east: number, north: number];

export const VIEW = 'chorograph:view';

export function openingBox(style: StyleSpecification): Box | undefined {
  return (style.metadata as Record<string, Box | undefined> | undefined)?.[VIEW];
}

/**
 * The server's style in the colours of the theme, with the selection on top. Regions are coloured by their
 * code, from the values and not from what the tiles say: new values need no new tiles. See `colorsOf`.
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
  const layers = style.layers.flatMap((layer): LayerSpecification[] => {
    if (layer.type === 'background') return [{ ...layer, paint: { 'background-color': surface.background } }];
    const line = Object.entries(LINE_COLORS).find(([id]) => id === layer.id)?.[1];
    const weight = line === 'outline' ? borderWeight(openingBox(style), answer.regions.length) : {};
    if (line && layer.type === 'line')
      return [{ ...layer, paint: { ...layer.paint, 'line-color': surface[line], ...weight } }];
    return byCode(layer, answer, theme);
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

/** Edges of a region on the screen, in pixels, and how its border is drawn then. */
const BORDERS = [
  { edge: 5, opacity: 0.25, width: 0.3 },
  { edge: 14, opacity: 0.65, width: 0.5 },
  { edge: 40, opacity: 1, width: 0.9 },
  { edge: 320, opacity: 1, width: 1.6 },
] as const;
/** Pixels that the world is wide at zoom 0. */
const WORLD_WIDTH = 512;

/** Borders by how large a region is on the screen: where thousands are small, they would drown in them. */
function borderWeight(box: Box | undefined, regions: number): LineLayerSpecification['paint'] {
  if (!box || regions === 0) return {};
  const [west, south, east, north] = box;
  const degrees = Math.sqrt((((east - west + 360) % 360 || 360) * Math.max(north - south, 1e-6)) / regions);
  const edge = (degrees / 360) * WORLD_WIDTH;
  const byZoom = (of: (border: (typeof BORDERS)[number]) => number): ExpressionSpecification =>
    [
      'interpolate',
      ['linear'],
      ['zoom'],
      ...BORDERS.flatMap((each) => [Math.log2(each.edge / edge), of(each)]),
    ] as unknown as ExpressionSpecification;
  return { 'line-opacity': byZoom(({ opacity }) => opacity), 'line-width': byZoom(({ width }) => width) };
}

/** A layer whose look depends on values, made to depend on the code of the region instead. */
function byCode(layer: LayerSpecification, answer: Answer, theme: Theme): LayerSpecification[] {
  if (layer.type !== 'fill') return [layer];
  if (layer.id === REGIONS_LAYER)
    return [
      { ...layer, paint: { ...layer.paint, 'fill-color': fillColor(theme), 'fill-opacity': FILL_OPACITY } },
      {
        ...layer,
        id: `${REGIONS_LAYER}-no-data`,
        filter: statusFilter(answer, 'no_data'),
        paint: { 'fill-pattern': dotsName(theme), 'fill-antialias': false },
      },
    ];
  const status = HATCHED.find((each) => layer.id === `${REGIONS_LAYER}-${each}`);
  if (!status) return [layer];
  return [
    { ...layer, filter: statusFilter(answer, status), paint: { ...layer.paint, ...hatch(layer, theme) } },
  ];
}

/** The server's lines are there for both themes, `rising-light` and `rising-dark`. */
function hatch({ paint }: FillLayerSpecification, theme: Theme): FillLayerSpecification['paint'] {
  const pattern = paint?.['fill-pattern'];
  return typeof pattern === 'string' ? { 'fill-pattern': pattern.replace(/(light|dark)$/, theme) } : {};
}

/**
 * Colours come beside the tiles (see RegionStates), by code. This one is of regions that nothing is told of, and does
 * not depend on the scheme: an expression that changes has all tiles laid out anew.
 */
const fillColor = (theme: Theme): ExpressionSpecification => [
  'to-color',
  ['feature-state', 'color'],
  SURFACE[theme].untold,
];

/** Opacity of regions that fade. */
const FADED = 0.12;
const FILL_OPACITY: ExpressionSpecification = [
  'case',
  ['boolean', ['feature-state', 'faded'], false],
  FADED,
  1,
];

/** What `pageStyle` leaves to feature state: the colour of each region by its code. */
export function colorsOf({ regions, colorOf }: Answer): ReadonlyMap<string, string> {
  return new Map(regions.map((region) => [region.code, colorOf(region)]));
}

function statusFilter({ regions }: Answer, status: Region['status']): FilterSpecification {
  const codes = regions.filter((region) => region.status === status).map(({ code }) => code);
  return codes.length === 0 ? selectedFilter(undefined) : ['match', ['get', 'code'], codes, true, false];
}

export function selectedFilter(code: string | undefined): FilterSpecification {
  // No region has an empty code.
  return ['==', ['get', 'code'], code ?? ''] satisfies ExpressionSpecification;
}

export function markedFilter(codes: readonly string[]): ExpressionSpecification {
  const marked = Object.fromEntries(codes.map((code) => [code, true]));
  return ['has', ['get', 'code'], ['literal', marked]] as unknown as ExpressionSpecification;
}

function selectedLayer(
  id: string,
  place: { source: string; 'source-layer': string },
  filter: FilterSpecification,
  paint: { 'line-color': string; 'line-width': number; 'line-dasharray'?: number[] },
): LayerSpecification {
  return { id, type: 'line', ...place, filter, layout: { 'line-join': 'round' }, paint };
}
