import type { Answer } from '../answer.ts';
import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';

const AGE_INTERVAL_MS = 10_000;

/** The legend under the map: what is shown, a row per class, and what has no class. */
export class Legend {
  readonly element = h('section', { class: 'legend', 'aria-label': TEXTS.legend });
  /** Says nothing by itself as time goes by: who listens to the page is told once, when new data is there. */
  readonly #updated = h('time');
  #updatedAt: Date | undefined;

  constructor() {
    setInterval(() => this.#tellAge(), AGE_INTERVAL_MS);
  }

  draw(answer: Answer): void {
    const { title, metric, source, refreshedAt, warnings } = answer;
    const unit = metric.unit === undefined ? '' : ` (${metric.unit})`;
    this.#updatedAt = refreshedAt === undefined ? undefined : new Date(refreshedAt);
    this.#tellAge();
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
        refreshedAt !== undefined && h('p', { class: 'legend-updated' }, this.#updated),
      ),
    );
  }

  #tellAge(): void {
    const date = this.#updatedAt;
    if (!date) return;
    this.#updated.dateTime = date.toISOString();
    this.#updated.title = date.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
    this.#updated.textContent = TEXTS.updated(ago(date, new Date()));
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

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `just now`, `5 minutes ago`, `yesterday`. Clocks differ, so what is said to come is just now too. */
export function ago(date: Date, now: Date): string {
  const seconds = (now.getTime() - date.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return TEXTS.justNow;
}
