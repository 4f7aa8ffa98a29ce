import { legendBlock, type Block } from '../../legend/svg.ts';
import type { Legend } from '../../legend/model.ts';
import { wrapText } from './fonts.ts';

export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A text of several lines; `y` is that of its first baseline. */
export interface TextLines {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly lineHeight: number;
}

/** Where the parts of a picture go; what does not fit is left out. */
export interface Layout {
  readonly map: Frame;
  readonly title: TextLines | undefined;
  readonly subtitle: TextLines | undefined;
  readonly source: TextLines | undefined;
  readonly legend: { readonly block: Block; readonly x: number; readonly y: number } | undefined;
}

export interface LayoutOptions {
  readonly width: number;
  readonly height: number;
  /** Only the map. */
  readonly bare: boolean;
  readonly subtitle: string;
}

/** Shares of the picture that its parts may take, so that the map stays the largest. */
const MOST = { title: 0.2, source: 0.12, legendBeside: 0.4, legendBelow: 0.45 };
const GAP = 16;

export function layoutOf(legend: Legend, { width, height, bare, subtitle }: LayoutOptions): Layout {
  const margin = bare ? 2 : Math.max(6, Math.min(20, Math.round(Math.min(width, height) / 32)));
  const inner = width - 2 * margin;
  const whole: Frame = { x: margin, y: margin, width: inner, height: height - 2 * margin };
  if (bare)
    return { map: whole, title: undefined, subtitle: undefined, source: undefined, legend: undefined };

  const titleSize = width >= 640 ? 22 : 16;
  const title = textLines(legend.title, { size: titleSize, weight: 'semibold', maxLines: 2 }, inner);
  const about = textLines(subtitle, { size: 13, maxLines: 2 }, inner);
  const credits = textLines(legend.source ?? '', { size: 10.5, maxLines: 2 }, inner);
  const hasTitle = title !== undefined && title.height + (about?.height ?? 0) <= MOST.title * height;
  const hasSource = credits !== undefined && credits.height <= MOST.source * height;

  const headHeight = hasTitle ? title.height + (about?.height ?? 0) + 6 : 0;
  const footHeight = hasSource ? credits.height + 6 : 0;
  const middle: Frame = {
    ...whole,
    y: margin + headHeight,
    height: whole.height - headHeight - footHeight,
  };
  return {
    ...placeLegend(legend, middle),
    title: hasTitle ? title.at(margin, margin) : undefined,
    subtitle: hasTitle ? about?.at(margin, margin + title.height) : undefined,
    source: hasSource ? credits.at(margin, height - margin - credits.height) : undefined,
  };
}

/** Beside a map that is wider than high, else below it. */
function placeLegend(legend: Legend, middle: Frame): Pick<Layout, 'map' | 'legend'> {
  const beside = legendBlock(legend, { widest: Math.min(240, MOST.legendBeside * middle.width) });
  const fitsBeside =
    middle.width > middle.height &&
    beside.height <= middle.height &&
    beside.width <= MOST.legendBeside * middle.width;
  if (fitsBeside) {
    const width = middle.width - beside.width - GAP;
    return {
      map: { ...middle, width },
      legend: {
        block: beside,
        x: middle.x + width + GAP,
        y: middle.y + (middle.height - beside.height) / 2,
      },
    };
  }
  const below = legendBlock(legend, { widest: Math.min(280, middle.width) });
  if (below.height > MOST.legendBelow * middle.height || below.width > middle.width) {
    return { map: middle, legend: undefined };
  }
  const height = middle.height - below.height - GAP;
  return {
    map: { ...middle, height },
    legend: { block: below, x: middle.x, y: middle.y + height + GAP },
  };
}

interface Wrapping {
  size: number;
  weight?: 'regular' | 'semibold';
  maxLines: number;
}

function textLines(text: string, { size, ...wrapping }: Wrapping, width: number) {
  // Where our font is missing, another one is wider.
  const lines = wrapText(text, width / 1.08, size, wrapping);
  const lineHeight = Math.round(size * 1.3);
  if (lines.length === 0) return undefined;
  return {
    height: lines.length * lineHeight,
    at: (x: number, top: number): TextLines => ({ lines, x, y: top + size, size, lineHeight }),
  };
}
