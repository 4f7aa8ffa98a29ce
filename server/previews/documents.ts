import type { PlainClasses } from '../choropleth/public.ts';
import { plainFill } from '../choropleth/public.ts';
import { MAX_ZOOM, zoomToFit, type TileJson } from '../http/answers/tile.ts';
import type { Field } from './fields.ts';
import { LAYER } from './opened.ts';
import { HELD_MS, type Kept } from './shelf.ts';

interface PreviewTileJson extends TileJson {
  /** What there is of each field of the one layer. */
  readonly stats: Readonly<Record<string, Field>>;
  readonly features: number;
  /** When it goes, if not before. */
  readonly expires: string;
}

export const pathOf = (id: string): string => `/previews/${id}`;

export function previewTileJson({ id, name, facts, madeAt }: Kept, base: string): PreviewTileJson {
  const { bounds, fields, features } = facts;
  const [west, south, east, north] = bounds;
  return {
    tilejson: '3.0.0',
    tiles: [`${base}${pathOf(id)}/{z}/{x}/{y}.mvt`],
    name: name ?? 'GeoJSON',
    version: '1.0.0',
    scheme: 'xyz',
    bounds,
    center: [(west + east) / 2, (south + north) / 2, zoomToFit(bounds)],
    minzoom: 0,
    maxzoom: MAX_ZOOM,
    vector_layers: [
      {
        ...{ id: LAYER, minzoom: 0, maxzoom: MAX_ZOOM },
        fields: Object.fromEntries(Object.entries(fields).map(([field, { type }]) => [field, type])),
      },
    ],
    stats: fields,
    features,
    expires: new Date(Date.parse(madeAt) + HELD_MS).toISOString(),
  };
}

type Theme = 'light' | 'dark';

/** Colours of what is drawn without classes. */
const PLAIN: Record<Theme, { background: string; fill: string; outline: string }> = {
  light: { background: '#f8f8f6', fill: '#4a7fa5', outline: '#ffffff' },
  dark: { background: '#101317', fill: '#5b93ba', outline: '#101317' },
};

/** A complete MapLibre style of a preview: in the colours of its classes, where there are some. */
export function previewStyle(
  kept: Kept,
  base: string,
  { theme, column, classes }: { theme: Theme; column?: string; classes?: PlainClasses },
): Record<string, unknown> {
  const { facts, name, id } = kept;
  const { background, fill, outline } = PLAIN[theme];
  const color = classes && column !== undefined ? plainFill(classes, column) : fill;
  const layer = { source: LAYER, 'source-layer': LAYER };
  const of = (kind: string): unknown => ['==', ['geometry-type'], kind];
  const { tiles, bounds, center } = previewTileJson(kept, base);
  return {
    version: 8,
    name: name ?? 'GeoJSON',
    metadata: { 'chorograph:preview': id },
    center: center.slice(0, 2),
    zoom: Math.max(0, center[2] - 1),
    sources: { [LAYER]: { type: 'vector', tiles, bounds, minzoom: 0, maxzoom: MAX_ZOOM } },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': background } },
      ...(facts.geometry === 'polygon'
        ? [
            {
              id: 'areas',
              type: 'fill',
              ...layer,
              filter: of('Polygon'),
              paint: { 'fill-color': color, 'fill-antialias': false },
            },
            {
              id: 'outlines',
              type: 'line',
              ...layer,
              filter: of('Polygon'),
              paint: { 'line-color': outline, 'line-width': 0.6 },
            },
          ]
        : []),
      {
        id: 'lines',
        type: 'line',
        ...layer,
        filter: of('LineString'),
        paint: { 'line-color': color, 'line-width': 1.5 },
      },
      {
        ...{ id: 'points', type: 'circle', ...layer, filter: of('Point') },
        paint: {
          'circle-color': color,
          'circle-radius': 4,
          'circle-stroke-color': outline,
          'circle-stroke-width': 1,
        },
      },
    ],
  };
}
