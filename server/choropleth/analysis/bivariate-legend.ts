import { FONT_FAMILY, textWidth, wrapText } from '../draw/page/fonts.ts';
import { element, svgDocument, textElement } from '../draw/page/svg.ts';
import { INKS } from '../draw/page/theme.ts';
import { rangeLabels, type Locale } from '../labels/index.ts';
import { headingOf } from '../legend/model.ts';
import type { Bivariate } from './bivariate.ts';

/** Pixels. */
const CELL = 44;
const MARGIN = 12;
const HEADING = 13;
const LABEL = 11;
const LINE = 17;

/** A square of colours: the first metric grows upwards, the second to the right. */
export function bivariateLegendSvg(
  { variables, classification, colors, answer }: Bivariate,
  locale: Locale,
): string {
  const { dim, first, second } = classification;
  const ink = INKS[answer.request.theme];
  const [up, across] = [headingOf(variables[0]), headingOf(variables[1])];
  const [rows, columns] = [first, second].map((own) => rangeLabels(own.classes, { locale }).labels) as [
    string[],
    string[],
  ];
  const side = CELL * dim;
  const rowWidth = Math.max(...rows.map((label) => textWidth(label, LABEL)), 0) * 1.1 + 8;
  const left = MARGIN + rowWidth;
  const width = Math.max(left + side + MARGIN, 240);
  const inner = width - 2 * MARGIN;
  const above = wrapText(`↑ ${up}`, inner, HEADING, { weight: 'semibold' });
  const below = wrapText(`→ ${across}`, inner, HEADING, { weight: 'semibold' });
  const top = MARGIN + above.length * LINE + 6;
  // Ranges that do not fit below a cell are turned upright.
  const turned = columns.some((label) => textWidth(label, LABEL) * 1.1 > CELL - 4);
  const columnHeight = turned
    ? Math.max(...columns.map((label) => textWidth(label, LABEL)), 0) * 1.1 + 10
    : LINE + 2;
  const belowTop = top + side + columnHeight;
  const height = belowTop + below.length * LINE + MARGIN;
  const heading = { 'font-size': HEADING, 'font-weight': 600, fill: ink.text };
  const label = { 'font-size': LABEL, fill: ink.quiet };
  const rowY = (i: number): number => top + CELL * (dim - 1 - i);
  return svgDocument({
    width,
    height,
    title: `${answer.request.choropleth.title}: ${up} × ${across}`,
    fontFamily: FONT_FAMILY,
    body: [
      element('rect', { width, height, fill: ink.paper }),
      ...above.map((line, i) => textElement(MARGIN, MARGIN + i * LINE + 12, line, heading)),
      ...colors.map((fill, pair) =>
        element('rect', {
          x: left + CELL * (pair % dim),
          y: rowY(Math.floor(pair / dim)),
          width: CELL,
          height: CELL,
          fill,
          stroke: ink.paper,
        }),
      ),
      ...rows.map((text, i) =>
        textElement(left - 6, rowY(i) + CELL / 2 + 4, text, { ...label, 'text-anchor': 'end' }),
      ),
      ...columns.map((text, i) => columnLabel(left + CELL * (i + 0.5), top + side + 6, text, turned, label)),
      ...below.map((line, i) => textElement(MARGIN, belowTop + i * LINE + 12, line, heading)),
    ],
  });
}

function columnLabel(
  x: number,
  y: number,
  text: string,
  turned: boolean,
  attributes: Record<string, string | number>,
): string {
  return turned
    ? textElement(0, 0, text, {
        ...attributes,
        'text-anchor': 'end',
        transform: `translate(${x + 4} ${y}) rotate(-90)`,
      })
    : textElement(x, y + 10, text, { ...attributes, 'text-anchor': 'middle' });
}
