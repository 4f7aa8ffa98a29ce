import { FONT_FAMILY, textWidth, wrapText } from '../draw/page/fonts.ts';
import { element, moved, svgDocument, textElement } from '../draw/page/svg.ts';
import { patterns, statusFill } from '../draw/page/theme.ts';
import { formatNumber } from '../labels/index.ts';
import type { Legend } from './model.ts';
import { WORDS } from './words.ts';

/** Pixels. */
const SIZE = { title: 15, heading: 13, text: 12, small: 10.5 };
const LINE = { title: 19, heading: 17, row: 20, small: 14 };
const SWATCH = { width: 24, height: 14, gap: 8 };
const MARGIN = 12;
const NARROWEST = 150;
const WIDEST = 320;
const BARS_HEIGHT = 48;
/** Share of their size that labels may be shrunk to before the legend gets wider than was asked for. */
const SMALLEST = 0.6;
/** Where our font is missing, another one is wider. */
const SPARE = 1.1;

/** A drawn part of a picture, at home at (0, 0). */
export interface Block {
  readonly width: number;
  readonly height: number;
  readonly svg: string;
}

/**
 * Heading, swatches, labels and counts, without title and source: what stands beside a map. It is wider than
 * `widest` where its labels could not be read otherwise.
 */
export function legendBlock(legend: Legend, { narrowest = NARROWEST, widest = WIDEST } = {}): Block {
  const { ink } = legend.palette;
  const rows = rowsOf(legend);
  const countWidth = Math.max(...rows.map(({ count }) => textWidth(count, SIZE.small)), 0) * SPARE;
  const labelWidth = Math.max(...rows.map(({ label }) => textWidth(label, SIZE.text)), 0) * SPARE;
  const wanted = SWATCH.width + SWATCH.gap + labelWidth + 16 + countWidth;
  const least = wanted - labelWidth * (1 - SMALLEST);
  const width = Math.max(least, Math.min(widest, Math.max(narrowest, wanted)));
  // Rather small than over the counts.
  const labelSize = SIZE.text * (width < wanted ? 1 - (wanted - width) / labelWidth : 1);
  const parts: string[] = [];
  let y = 0;
  const caption = WORDS[legend.locale].regions;
  const captionWidth = textWidth(caption, SIZE.small) * SPARE + 10;
  for (const line of wrapText(legend.heading, width - captionWidth, SIZE.heading, {
    weight: 'semibold',
    maxLines: 3,
  })) {
    y += LINE.heading;
    parts.push(
      textElement(0, y - 4, line, { 'font-size': SIZE.heading, 'font-weight': 600, fill: ink.text }),
    );
  }
  parts.push(
    textElement(width, LINE.heading - 4, caption, {
      'font-size': SIZE.small,
      'text-anchor': 'end',
      fill: ink.quiet,
    }),
  );
  y += 4;
  if (legend.histogram && legend.histogram.counts.length > 0) {
    parts.push(moved(0, y, histogramBlock(legend, width)));
    y += BARS_HEIGHT + LINE.small + 6;
  }
  for (const { fill, label, count } of rows) {
    parts.push(
      element('rect', {
        x: 0.5,
        y: y + (LINE.row - SWATCH.height) / 2,
        width: SWATCH.width,
        height: SWATCH.height,
        fill,
        stroke: ink.frame,
        'stroke-width': 0.6,
      }),
      textElement(SWATCH.width + SWATCH.gap, y + 14, label, { 'font-size': labelSize, fill: ink.text }),
      textElement(width, y + 14, count, {
        'font-size': SIZE.small,
        'text-anchor': 'end',
        fill: ink.quiet,
      }),
    );
    y += LINE.row;
  }
  return { width, height: y, svg: parts.join('') };
}

interface Row {
  readonly fill: string;
  readonly label: string;
  readonly count: string;
}

function rowsOf({ classes, statuses, palette, locale }: Legend): Row[] {
  const count = (n: number): string => formatNumber(n, { locale });
  return [
    ...classes.map((entry) => ({ fill: entry.color, label: entry.label, count: count(entry.count) })),
    ...statuses.map((entry) => ({
      fill: statusFill(entry.status, palette),
      label: entry.label,
      count: count(entry.count),
    })),
  ];
}

/** Bars of the values, each parted by class from the bottom up, with the ends of the axis below. */
function histogramBlock({ histogram, classes, palette, locale, digits }: Legend, width: number): string {
  const { edges, counts } = histogram!;
  const [min = 0, max = min] = [edges[0], edges.at(-1)];
  const highest = Math.max(1, ...counts.map((bar) => bar.reduce((sum, n) => sum + n, 0)));
  const x = (i: number): number => (width * i) / counts.length;
  // Bars as light as the paper have to be seen too.
  const outline = { stroke: palette.ink.frame, 'stroke-width': 0.3 };
  const bars = counts.flatMap((bar, i) => {
    let top = BARS_HEIGHT;
    return classes.flatMap(({ id, color }) => {
      const height = (BARS_HEIGHT * (bar[id] ?? 0)) / highest;
      if (height === 0) return [];
      top -= height;
      const right = x(i + 1) - (counts.length > 1 ? Math.min(1, width / counts.length / 6) : 0);
      return [element('rect', { x: x(i), y: top, width: right - x(i), height, fill: color, ...outline })];
    });
  });
  const label = { 'font-size': SIZE.small, fill: palette.ink.quiet };
  const text = (value: number): string => formatNumber(value, { locale }, digits);
  return [
    ...bars,
    element('line', {
      x1: 0,
      y1: BARS_HEIGHT,
      x2: width,
      y2: BARS_HEIGHT,
      stroke: palette.ink.frame,
      'stroke-width': 0.8,
    }),
    textElement(0, BARS_HEIGHT + 12, text(min), label),
    ...(max > min
      ? [textElement(width, BARS_HEIGHT + 12, text(max), { ...label, 'text-anchor': 'end' })]
      : []),
  ].join('');
}

/** legend.svg: the block with the title above and the source below. */
export function legendSvg(legend: Legend): string {
  const { palette } = legend;
  const block = legendBlock(legend, { narrowest: 200 });
  const inner = block.width;
  const title = wrapText(legend.title, inner, SIZE.title, { weight: 'semibold' });
  const source = wrapText(legend.source ?? '', inner, SIZE.small);
  const blockTop = MARGIN + title.length * LINE.title + 6;
  const sourceTop = blockTop + block.height + 8;
  const width = inner + 2 * MARGIN;
  const height = sourceTop + source.length * LINE.small + MARGIN - (source.length > 0 ? 4 : 8);
  return svgDocument({
    width,
    height,
    title: `${legend.title}: ${legend.heading}`,
    fontFamily: FONT_FAMILY,
    definitions: patterns(palette),
    body: [
      element('rect', { width, height, fill: palette.ink.paper }),
      ...title.map((line, i) =>
        textElement(MARGIN, MARGIN + i * LINE.title + 14, line, {
          'font-size': SIZE.title,
          'font-weight': 600,
          fill: palette.ink.text,
        }),
      ),
      moved(MARGIN, blockTop, block.svg),
      ...source.map((line, i) =>
        textElement(MARGIN, sourceTop + i * LINE.small + 10, line, {
          'font-size': SIZE.small,
          fill: palette.ink.quiet,
        }),
      ),
    ],
  });
}
