import { MAX_ZOOM } from './world.ts';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Quiet enough for figures to stand out, with names that are read over any of them. */
const COLORS = {
  light: {
    water: '#e6edf2',
    land: '#f4f3ef',
    border: '#c5c9cc',
    shore: '#cfd6db',
    name: '#4c5965',
    halo: '#ffffff',
  },
  dark: {
    water: '#161d25',
    land: '#232b33',
    border: '#43505b',
    shore: '#33404b',
    name: '#dbe3ea',
    halo: '#0b0f13',
  },
} as const satisfies Record<Theme, Record<string, string>>;

const SOURCE = 'base';
/** Names of small islands come when they have room; countries are ranked by their area. */
const LEAST_RANK = ['step', ['zoom'], 60, 2.5, 110, 4, 170, 5, 1000];
export const FONT = 'Chorograph Regular';
export const ATTRIBUTION = 'Natural Earth';

/** The world alone, as a MapLibre style: what lies below and what is written above, for others to put theirs between. */
export function baseStyle(base: string, theme: Theme): Record<string, unknown> {
  const { below, above } = baseLayers(theme);
  return {
    version: 8,
    name: 'Chorograph base',
    glyphs: `${base}/base/glyphs/{fontstack}/{range}.pbf`,
    center: [10, 20],
    zoom: 1.2,
    sources: { [SOURCE]: baseSource(base) },
    layers: [...below, ...above],
  };
}

export function baseSource(base: string): Record<string, unknown> {
  return {
    type: 'vector',
    tiles: [`${base}/base/{z}/{x}/{y}.mvt`],
    minzoom: 0,
    maxzoom: MAX_ZOOM,
    attribution: ATTRIBUTION,
  };
}

export function baseLayers(theme: Theme): {
  below: Record<string, unknown>[];
  above: Record<string, unknown>[];
} {
  const { water, land, border, shore, name, halo } = COLORS[theme];
  const of = (layer: string): Record<string, unknown> => ({ source: SOURCE, 'source-layer': layer });
  const label = (
    id: string,
    kind: string,
    layout: Record<string, unknown>,
    paint: Record<string, unknown>,
  ) => ({
    id,
    type: 'symbol',
    ...of('places'),
    filter: ['all', ['==', ['get', 'kind'], kind], ['<=', ['get', 'rank'], LEAST_RANK]],
    layout: {
      'text-field': ['get', 'name'],
      'text-font': [FONT],
      'symbol-sort-key': ['get', 'rank'],
      ...layout,
    },
    paint: {
      'text-color': name,
      'text-halo-color': halo,
      'text-halo-width': 1.4,
      'text-halo-blur': 0.4,
      ...paint,
    },
  });
  return {
    below: [
      { id: 'base-water', type: 'background', paint: { 'background-color': water } },
      { id: 'base-land', type: 'fill', ...of('land'), paint: { 'fill-color': land } },
      {
        id: 'base-lines',
        type: 'line',
        ...of('lines'),
        paint: {
          'line-color': ['match', ['get', 'kind'], 'border', border, shore],
          'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.6, 8, 1.2],
        },
      },
    ],
    above: [
      label(
        'base-cities',
        'city',
        { 'text-size': 11, 'text-anchor': 'center', 'text-max-width': 7 },
        { 'text-opacity': ['step', ['zoom'], 0, 4, 0.9] },
      ),
      label(
        'base-countries',
        'country',
        {
          'text-size': ['interpolate', ['linear'], ['zoom'], 1, 10, 5, 14],
          'text-letter-spacing': 0.08,
          'text-max-width': 7,
          'text-transform': 'uppercase',
        },
        {},
      ),
    ],
  };
}
