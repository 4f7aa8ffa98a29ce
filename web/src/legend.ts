import type { Answer } from './answer.ts';
import { h } from './dom.ts';
import { TEXTS } from './texts.ts';

/** The legend under the map: what is shown, a row per class, and what has no class. */
export class Legend {
  readonly element = h('section', { class: 'legend', 'aria-label': TEXTS.legend });

  draw(answer: Answer): void {
    const { title, metric, source, refreshedAt, warnings } = answer;
    const unit = metric.unit === undefined ? '' : ` (${metric.unit})`;
    this.element.replaceChildren(
      h(
        'header',
        { class: 'legend-head' },
        h('h1', {}, title),
        h('p', { class: 'legend-metric' }, `${metric.label}${unit}`),
      ),
      h('ul', { class: 'legend-rows' }, ...entries(answer)),
      h(
        'footer',
        { class: 'legend-foot' },
        ...warnings.map(({ message }) => h('p', { class: 'legend-warning' }, message)),
        source !== undefined && h('p', {}, source),
        refreshedAt !== undefined && updated(refreshedAt),
      ),
    );
  }
}

function entries({ classes, statuses }: Answer): HTMLElement[] {
  // An isolated value is the last of the classes and mostly the lowest number.
  const ascending = [...classes].sort((a, b) => a.upper - b.upper);
  return [
    ...ascending.map(({ id, color, label, count }) => entry(color, label, count, { 'data-class': id })),
    ...statuses.map(({ status, color, count }) =>
      entry(color, TEXTS.statuses[status], count, { 'data-status': status, class: 'is-apart' }),
    ),
  ];
}

function entry(
  color: string,
  label: string,
  count: number,
  attributes: Record<string, string | number>,
): HTMLElement {
  const block = h('span', { class: 'legend-color', 'aria-hidden': 'true' });
  block.style.backgroundColor = color;
  const regions = TEXTS.regionsCount(count);
  return h(
    'li',
    { ...attributes, 'data-count': count, 'data-color': color },
    block,
    h('span', { class: 'legend-label' }, label),
    h('span', { class: 'legend-count' }, regions),
  );
}

function updated(refreshedAt: string): HTMLElement {
  const date = new Date(refreshedAt);
  const exact = date.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  return h('p', {}, h('time', { datetime: refreshedAt, title: exact }, TEXTS.updated(ago(date, new Date()))));
}

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `5 minutes ago`, `yesterday`. */
export function ago(date: Date, now: Date): string {
  const seconds = (now.getTime() - date.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return format.format(0, 'second');
}
