import { LOCALE } from './parts.ts';

const SVG = 'http://www.w3.org/2000/svg';

type Attributes = Readonly<Record<string, string | number | undefined>>;

function s(tag: string, attributes: Attributes, ...children: readonly (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export interface Lane {
  readonly name: string;
  readonly bars: readonly { from: number; to: number; kind: string; title: string }[];
}

const WIDTH = 1000;
const LANE = 34;
/** What is shorter than this can still be seen and pointed at. */
const THINNEST = 5;

/** Bars over time, a lane for each name; what it says stands in a table beside it. */
export function lanesChart(
  lanes: readonly Lane[],
  span: { from: number; to: number },
  label: string,
): SVGElement {
  const height = lanes.length * LANE + 22;
  const x = (at: number): number => (WIDTH * (at - span.from)) / Math.max(1, span.to - span.from);
  const parts = lanes.flatMap(({ name, bars }, i) => {
    const top = i * LANE;
    return [
      s('line', { class: 'lane-line', x1: 0, x2: WIDTH, y1: top + 27, y2: top + 27 }),
      s('text', { class: 'lane-name', x: 0, y: top + 12 }, name),
      ...bars.map(({ from, to, kind, title }) => {
        const width = Math.max(THINNEST, x(to) - x(from));
        const left = Math.max(0, Math.min(x(from), WIDTH - width));
        return s(
          'rect',
          { class: `lane-bar lane-${kind}`, x: left, y: top + 16, width, height: 11, rx: 1.5 },
          s('title', {}, title),
        );
      }),
    ];
  });
  return s(
    'svg',
    { class: 'chart lanes', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label },
    ...parts,
    ...ticks(span, x, height),
  );
}

function ticks(span: { from: number; to: number }, x: (at: number) => number, height: number): SVGElement[] {
  const format = new Intl.DateTimeFormat(LOCALE, {
    hour: '2-digit',
    minute: '2-digit',
  });
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = span.from + share * (span.to - span.from);
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    return s('text', { class: 'tick', x: x(at), y: height - 4, 'text-anchor': anchor }, format.format(at));
  });
}

/** A line of values over time, from nothing upwards. */
export function lineChart(points: readonly { at: number; rate: number }[], label: string): SVGElement {
  const height = 120;
  const most = Math.max(0.1, ...points.map(({ rate }) => rate));
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 1];
  const x = (at: number): number => (WIDTH * (at - first)) / Math.max(1, last - first);
  const y = (rate: number): number => 8 + (height - 16) * (1 - rate / most);
  const line = points.map(({ at, rate }) => `${x(at).toFixed(1)},${y(rate).toFixed(1)}`);
  return s(
    'svg',
    {
      class: 'chart line',
      viewBox: `0 0 ${WIDTH} ${height}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
    },
    s('polygon', { class: 'line-area', points: [`0,${height}`, ...line, `${WIDTH},${height}`].join(' ') }),
    s('polyline', { class: 'line-line', points: line.join(' '), 'vector-effect': 'non-scaling-stroke' }),
  );
}
