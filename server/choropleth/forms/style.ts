import type { Answer } from '../answer.ts';
import type { Theme } from '../color/index.ts';
import { attributionOf } from './captions.ts';
import { hatchOf } from './hatch.ts';
import { tileUrl } from './tile.ts';
import { cameraOf, openingView, tiledBounds } from './view.ts';

/** Colours of a map without a base map. */
export const PAPER: Record<Theme, { background: string; outline: string; hover: string }> = {
  light: { background: '#f8f8f6', outline: '#ffffff', hover: '#222222' },
  dark: { background: '#101317', outline: '#101317', hover: '#f2f2f2' },
};

/**
 * A complete MapLibre style (https://maplibre.org/maplibre-style-spec/) that works by itself.
 *
 * Its `step` expression includes lower bounds while classes include upper ones, so it steps at the
 * midpoints between neighbouring data values: it colours each region as its class says. Region ids are codes
 * (`promoteId`): `setFeatureState({ source, sourceLayer, id: code }, { hover: true })` outlines one.
 */
export function styleDocument(answer: Answer, base: string): Record<string, unknown> {
  const { choropleth, theme } = answer.request;
  const source = 'choropleth';
  const layer = { source, 'source-layer': choropleth.id };
  const view = openingView(answer.regions.layer.index);
  const attribution = attributionOf(answer.request);
  const { background, outline, hover } = PAPER[theme];
  return {
    version: 8,
    name: choropleth.title,
    metadata: {
      'chorograph:version': answer.version,
      'chorograph:parameters': answer.parameters,
      // What a map fits to its size; centre and zoom are for maps that do not know it.
      'chorograph:view': view,
    },
    ...cameraOf(view),
    sprite: `${base}/gis/sprite`,
    sources: {
      [source]: {
        type: 'vector',
        tiles: [tileUrl(answer, base)],
        bounds: tiledBounds(answer.regions.layer.index),
        minzoom: 0,
        maxzoom: 14,
        promoteId: { [choropleth.id]: 'code' }, // feature state, such as hover, goes by region
        ...(attribution ? { attribution } : {}),
      },
    },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': background } },
      {
        id: 'regions',
        type: 'fill',
        ...layer,
        paint: { 'fill-color': fillColor(answer), 'fill-antialias': false },
      },
      ...(['suppressed', 'unreliable'] as const).map((status) => ({
        id: `regions-${status}`,
        type: 'fill',
        ...layer,
        filter: ['==', ['get', 'status'], status],
        paint: { 'fill-pattern': hatchOf(status, theme)!.image, 'fill-antialias': false },
      })),
      {
        id: 'outlines',
        type: 'line',
        ...layer,
        paint: {
          'line-color': outline,
          'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.1, 6, 0.6, 10, 1.2],
        },
      },
      {
        id: 'hover',
        type: 'line',
        ...layer,
        paint: {
          'line-color': hover,
          'line-width': ['case', ['boolean', ['feature-state', 'hover'], false], 2, 0],
        },
      },
    ],
  };
}

/** The colour of a region by its value; what has no value gets the neutral colour. */
export function fillColor(answer: Answer): unknown {
  const { thresholds, thresholdClasses } = answer.classification;
  const colorOf = (position: number): string =>
    answer.colors[thresholdClasses[position] ?? 0] ?? answer.noDataColor;
  const byValue =
    thresholds.length === 0
      ? colorOf(0)
      : [
          'step',
          ['get', 'value'],
          colorOf(0),
          ...thresholds.flatMap((threshold, i) => [threshold, colorOf(i + 1)]),
        ];
  return ['case', ['==', ['typeof', ['get', 'value']], 'number'], byValue, answer.noDataColor];
}
