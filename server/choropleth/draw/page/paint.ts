import { valueText } from '../../legend/model.ts';
import { WORDS } from '../../legend/words.ts';
import type { Drawing, DrawnRegion } from '../drawing.ts';
import { markData, pathData, UNITS_PER_PIXEL, type PlaneRegion } from '../geometry/outlines.ts';
import type { PictureOptions } from '../options.ts';
import type { Fit, PlanePoint } from '../geometry/projection.ts';
import { element, escapeXml } from './svg.ts';
import { statusFill, type Palette } from './theme.ts';

export interface RegionsToPaint {
  readonly drawing: Drawing;
  /** How many regions the whole picture shows. */
  readonly shown: number;
  readonly entries: readonly DrawnRegion[];
  /** Outlines of the entries, in the same order. */
  readonly regions: readonly PlaneRegion[];
  /** Where on the plane a region is, in which a mark stands for it where it is too small to be drawn. */
  readonly placeOf: (row: number) => PlanePoint | undefined;
  readonly fit: Fit;
  /** Whether borders of the parents are drawn above the regions. */
  readonly hasParents: boolean;
}

/** Pixels per side of what stands for a region that has no area on the paper. */
const LARGEST_MARK = 1;

/** Prefix of the patterns that are scaled as the outlines are. */
export const MAP_PATTERNS = 'map-';

/** The regions in groups of the same fill. */
export function paintRegions(toPaint: RegionsToPaint): string {
  const { drawing, shown, entries, regions, placeOf, fit, hasParents } = toPaint;
  const { legend, options } = drawing;
  const { width, height, named } = options;
  const { ink } = legend.palette;
  const side = Math.sqrt((width * height) / Math.max(1, shown));
  const markOf = (row: number): string => {
    const place = placeOf(row);
    return place ? markData(place, fit, Math.min(LARGEST_MARK, side)) : '';
  };
  const groups = new Map<string, string[]>();
  for (const [i, entry] of entries.entries()) {
    const data = pathData(regions[i]!, fit) || markOf(entry.row);
    if (data === '') continue;
    const fill = fillOf(legend.palette, entry);
    const group = groups.get(fill) ?? [];
    groups.set(fill, group);
    group.push(
      named ? element('path', { d: data }, `<title>${escapeXml(nameOf(drawing, entry))}</title>`) : data,
    );
  }
  const painted = [...groups].map(([fill, members]) =>
    named
      ? element('g', { fill }, ...members)
      : // One path per fill is drawn faster than one per region.
        element('path', { fill, d: members.join('') }),
  );
  // Lines between small regions would cover them. Where nothing else draws the coast, they have to show on paper.
  const stroke = Math.max(0.05, Math.min(0.7, side / 60));
  return scaled(
    { stroke: hasParents ? ink.border : ink.frame, 'stroke-width': stroke * UNITS_PER_PIXEL },
    painted,
  );
}

/** Outlines without a fill, above the regions. */
export function paintBorders(
  regions: readonly PlaneRegion[],
  fit: Fit,
  { ink }: Palette,
  { width }: Pick<PictureOptions, 'width'>,
): string {
  const data = regions.map((region) => pathData(region, fit)).join('');
  return scaled(
    { fill: 'none', stroke: ink.parentBorder, 'stroke-width': Math.min(0.7, width / 1000) * UNITS_PER_PIXEL },
    [element('path', { d: data })],
  );
}

function scaled(attributes: Record<string, string | number>, children: readonly string[]): string {
  return element(
    'g',
    { transform: `scale(${1 / UNITS_PER_PIXEL})`, 'stroke-linejoin': 'round', ...attributes },
    ...children,
  );
}

function fillOf(palette: Palette, { classId, status }: DrawnRegion): string {
  if (classId !== null) return palette.classes[classId] ?? palette.noData;
  return statusFill(status === 'ok' ? 'no_data' : status, palette, MAP_PATTERNS);
}

function nameOf({ legend, digits, unit }: Drawing, { name, value, status }: DrawnRegion): string {
  const { locale } = legend;
  if (value === null) return `${name}: ${WORDS[locale].status[status]}`;
  return `${name}: ${valueText(value, locale, digits, legend.digits)}${unit ? ` ${unit}` : ''}`;
}
