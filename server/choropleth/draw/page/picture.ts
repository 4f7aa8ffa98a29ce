import type { Bounds } from '../../../engine/types.ts';
import { unwrap } from '../geometry/cutting.ts';
import { drawnRegions, type Drawing, type DrawnLayer, type DrawnRegion } from '../drawing.ts';
import { FONT_FAMILY } from './fonts.ts';
import { areaOf } from '../geometry/groups.ts';
import { layoutOf, type Layout, type TextLines } from './layout.ts';
import { partBoxes, type PartBox } from '../geometry/longitudes.ts';
import { extendBy, planeRegions, UNITS_PER_PIXEL, type OutlineOptions } from '../geometry/outlines.ts';
import { MAP_PATTERNS, paintBorders, paintRegions } from './paint.ts';
import { panelsOf, type Panel } from './panels.ts';
import {
  Extent,
  planeOf,
  zoomOf,
  type Plane,
  type PlanePoint,
  type ProjectionName,
} from '../geometry/projection.ts';
import { element, moved, svgDocument, textElement } from './svg.ts';
import { patterns, type Palette } from './theme.ts';

/** The regions of a drawing in their class colours, with title, legend and source. */
export function pictureSvg(drawing: Drawing, layer: DrawnLayer, parents: DrawnLayer | undefined): string {
  const { legend, options, subtitle, description } = drawing;
  const { width, height } = options;
  const layout = layoutOf(legend, { ...options, subtitle });
  const regions = drawnRegions(drawing);
  const shown = new Set(regions.map(({ row }) => row));
  const parts = partBoxes(layer).filter(({ row }) => shown.has(row));
  const { cut, panels } = panelsOf(parts, layout.map, options.bbox);
  const scene: Scene = { drawing, regions, layer, parents };
  return svgDocument({
    width,
    height,
    title: `${legend.title}: ${legend.heading}`,
    description,
    fontFamily: FONT_FAMILY,
    definitions: [
      ...patterns(legend.palette),
      ...patterns(legend.palette, MAP_PATTERNS, UNITS_PER_PIXEL),
      ...panels.map(clipPath),
    ],
    body: [
      element('rect', { width, height, fill: legend.palette.ink.paper }),
      ...panels.map((panel, i) => panelSvg(scene, panel, cut, clipId(i))),
      ...furniture(layout, legend.palette),
    ],
  });
}

/** What every panel of a picture is drawn from. */
interface Scene {
  readonly drawing: Drawing;
  readonly regions: readonly DrawnRegion[];
  readonly layer: DrawnLayer;
  readonly parents: DrawnLayer | undefined;
}

function panelSvg({ drawing, regions: all, layer, parents }: Scene, panel: Panel, cut: number, clip: string) {
  const { legend, options, parentCodes = [] } = drawing;
  const { frame, isInset } = panel;
  const padding = Math.min(isInset ? 6 : 2, 0.06 * frame.height);
  const [width, height] = [frame.width - 2 * padding, frame.height - 2 * padding];
  const { outlines, boxFit } = viewOf(panel, cut, options.projection, width, height);
  const seen = new Set(panel.parts.map(({ row }) => row));
  const entries = all.filter(({ row }) => seen.has(row));
  const rows = entries.map(({ row }) => row);
  const regions = planeRegions(layer, rows, outlines);
  const placeOf = placesOf(panel.parts, outlines);
  const extent = new Extent();
  for (const region of regions) {
    extendBy(extent, region);
    const place = region.rings.length === 0 && placeOf(region.row);
    if (place) extent.add(place);
  }
  const fit = panel.exact ? boxFit : extent.fit(width, height);
  const painted = [
    paintRegions({ drawing, shown: all.length, entries, regions, placeOf, fit, hasParents: !!parents }),
  ];
  if (parents) {
    const codes = new Set(entries.map(({ parent }) => parent));
    const parentRows = parentCodes.flatMap((code, row) => (codes.has(code) ? [row] : []));
    const borders = planeRegions(parents, parentRows, outlines);
    painted.push(paintBorders(borders, fit, legend.palette, options));
  }
  const window = element('g', { 'clip-path': `url(#${clip})` }, moved(padding, padding, ...painted));
  return moved(frame.x, frame.y, window, ...(isInset ? [border(panel, legend.palette)] : []));
}

/** The plane of a panel, and how its box would be put on it. */
function viewOf(
  { parts, bounds, meridian, exact, has }: Panel,
  cut: number,
  projection: ProjectionName,
  width: number,
  height: number,
) {
  const plane = planeOf(projection, bounds, meridian);
  const extent = new Extent();
  const boxes = exact ? [bounds] : parts.map((p): Bounds => [p.west, p.south, p.east, p.north]);
  for (const box of boxes) extendByBox(extent, plane, box, meridian);
  const boxFit = extent.fit(width, height);
  const zoom = zoomOf(projection, boxFit.k, bounds);
  const outlines: OutlineOptions = { plane, cut, zoom, has, step: projection === 'mercator' ? 360 : 1 };
  return { outlines, boxFit };
}

/**
 * All four edges of a box are curves on the plane, which reach farthest at the ends, at the meridian that stands
 * upright and at the equator.
 */
function extendByBox(
  extent: Extent,
  plane: Plane,
  [west, south, east, north]: Bounds,
  meridian: number,
): void {
  for (const longitude of along(west, east, meridian)) {
    extent.add(plane(longitude, south));
    extent.add(plane(longitude, north));
  }
  for (const latitude of along(south, north, 0)) {
    extent.add(plane(west, latitude));
    extent.add(plane(east, latitude));
  }
}

/** Degrees from one end to the other, at most five apart, and one of them in particular if it is between. */
function along(from: number, to: number, special: number): number[] {
  const pieces = Math.max(1, Math.ceil((to - from) / 5));
  const all = Array.from({ length: pieces + 1 }, (_, i) => from + ((to - from) * i) / pieces);
  return special > from && special < to ? [...all, special] : all;
}

/** The middle of the largest polygon of a region, on the plane. */
function placesOf(parts: readonly PartBox[], { plane, cut }: Pick<OutlineOptions, 'plane' | 'cut'>) {
  let largest: Map<number, PartBox> | undefined;
  return (row: number): PlanePoint | undefined => {
    largest ??= largestByRow(parts);
    const part = largest.get(row);
    return part && plane(unwrap((part.west + part.east) / 2, cut), (part.south + part.north) / 2);
  };
}

function largestByRow(parts: readonly PartBox[]): Map<number, PartBox> {
  const largest = new Map<number, PartBox>();
  for (const part of parts) {
    const known = largest.get(part.row);
    if (!known || areaOf(part) > areaOf(known)) largest.set(part.row, part);
  }
  return largest;
}

const clipId = (i: number): string => `panel${i}`;

function clipPath({ frame: { width, height } }: Panel, i: number): string {
  return element('clipPath', { id: clipId(i) }, element('rect', { width, height }));
}

function border({ frame: { width, height } }: Panel, { ink }: Palette): string {
  return element('rect', { width, height, fill: 'none', stroke: ink.frame, 'stroke-width': 0.5 });
}

function furniture({ title, subtitle, source, legend }: Layout, { ink }: Palette): string[] {
  return [
    ...texts(title, { fill: ink.text, 'font-weight': 600 }),
    ...texts(subtitle, { fill: ink.quiet }),
    ...texts(source, { fill: ink.quiet }),
    ...(legend ? [moved(legend.x, legend.y, legend.block.svg)] : []),
  ];
}

function texts(text: TextLines | undefined, attributes: Record<string, string | number>): string[] {
  if (!text) return [];
  const { lines, x, y, size, lineHeight } = text;
  return lines.map((line, i) =>
    textElement(x, y + i * lineHeight, line, { 'font-size': size, ...attributes }),
  );
}
