import type { Answer } from '../answer.ts';
import type { Status } from '../api.ts';
import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import { warningText } from '../texts/server.ts';

const AGE_INTERVAL_MS = 10_000;

/** A row of the legend: a class, or what has none. */
export interface LegendRow {
  classId: number | undefined;
  status: Status | undefined;
  label: string;
}

export interface LegendEvents {
  /** The pointer or the focus is on a row, or on none. */
  onPoint(row: LegendRow | undefined): void;
  /** A row was pressed, to see its regions alone; or pressed again. */
  onPin(row: LegendRow | undefined): void;
}

/** The legend under the map: what is shown, a row per class, and what has no class. */
export class Legend {
  readonly element: HTMLElement;
  readonly #events: LegendEvents;
  /** Says nothing by itself as time goes by: who listens to the page is told once, when new data is there. */
  readonly #updated = h('time');
  readonly #actions: readonly HTMLElement[];
  readonly #heading: 'h1' | 'h2';
  #updatedAt: Date | undefined;
  #pinned: string | undefined;

  /**
   * @param actions what can be done with the map, beside its title
   * @param label what it is called where the page has more than one
   */
  constructor(events: LegendEvents, actions: readonly HTMLElement[] = [], label?: string) {
    this.element = h('section', { class: 'legend', 'aria-label': label ?? TEXTS.legend });
    this.#heading = label === undefined ? 'h1' : 'h2';
    this.#events = events;
    this.#actions = actions;
    setInterval(() => this.#tellAge(), AGE_INTERVAL_MS);
  }

  draw(answer: Answer): void {
    const { title, metric, second, source, refreshedAt, warnings } = answer;
    const unit = metric.unit === undefined ? '' : ` (${metric.unit})`;
    const focused = document.activeElement?.closest<HTMLElement>('.legend-row')?.dataset.row;
    this.#updatedAt = refreshedAt === undefined ? undefined : new Date(refreshedAt);
    this.#tellAge();
    this.element.replaceChildren(
      h(
        'header',
        { class: 'legend-head' },
        h(
          'div',
          { class: 'legend-title' },
          h(this.#heading, {}, title),
          h('p', { class: 'legend-metric' }, `${metric.label}${unit}${second ? ` × ${second.label}` : ''}`),
        ),
        h('div', { class: 'legend-actions' }, ...this.#actions),
      ),
      answer.grid ? this.#grid(answer, answer.grid) : this.#rows(answer),
      h(
        'footer',
        { class: 'legend-foot' },
        ...warnings.map((warning) => h('p', { class: 'legend-warning' }, warningText(warning))),
        source !== undefined && h('p', {}, source),
        refreshedAt !== undefined && h('p', { class: 'legend-updated' }, this.#updated),
      ),
    );
    if (focused !== undefined) this.element.querySelector<HTMLElement>(`[data-row="${focused}"]`)?.focus();
  }

  /** Shows which row's regions are seen alone. */
  pin(row: LegendRow | undefined): void {
    this.#pinned = row && keyOf(row);
    for (const button of this.element.querySelectorAll<HTMLElement>('.legend-row')) {
      button.setAttribute('aria-pressed', String(button.dataset.row === this.#pinned));
    }
  }

  #rows({ classes, statuses }: Answer): HTMLElement {
    // An isolated value is the last of the classes and mostly the lowest number.
    const ascending = [...classes].sort((a, b) => a.upper - b.upper);
    const band = h(
      'ul',
      { class: 'legend-rows' },
      ...ascending.map(({ id, color, label, count }) =>
        this.#entry({ classId: id, status: undefined, label }, color, count),
      ),
    );
    // No class is narrower than its label, and all stand in one line where there is room for that.
    band.style.setProperty('--longest', String(Math.max(0, ...classes.map(({ label }) => label.length))));
    band.style.setProperty('--classes', String(classes.length));
    return h('div', { class: 'legend-band' }, band, this.#statusRows(statuses));
  }

  /** What has no class, in lines beside the band. */
  #statusRows(statuses: Answer['statuses']): HTMLElement {
    return h(
      'ul',
      { class: 'legend-rows is-apart' },
      ...statuses.map(({ status, color, count }) =>
        this.#entry({ classId: undefined, status, label: TEXTS.statuses[status] }, color, count),
      ),
    );
  }

  /** A square of colours: the first metric upwards, the second to the right. */
  #grid({ classes, statuses }: Answer, { dim, first, second }: NonNullable<Answer['grid']>): HTMLElement {
    const rows = Array.from({ length: dim }, (_, i) => dim - 1 - i);
    const cells = rows.flatMap((a) => classes.slice(a * dim, (a + 1) * dim));
    const square = h(
      'ul',
      { class: 'legend-square' },
      ...cells.map(({ id, color, label, count }) =>
        this.#entry({ classId: id, status: undefined, label }, color, count),
      ),
    );
    square.style.gridTemplateColumns = `repeat(${dim}, 34px)`;
    return h(
      'div',
      { class: 'legend-pair' },
      h('p', { class: 'legend-axis is-first' }, `${first.label} →`),
      square,
      h('p', { class: 'legend-axis' }, `${second.label} →`),
      this.#statusRows(statuses),
    );
  }

  #entry(row: LegendRow, color: string, count: number): HTMLElement {
    const block = h('span', { class: 'legend-color', 'data-hatch': row.status, 'aria-hidden': 'true' });
    block.style.backgroundColor = color;
    const regions = TEXTS.regionsCount(count);
    const key = keyOf(row);
    const point = (): void => this.#events.onPoint(row);
    const leave = (): void => this.#events.onPoint(undefined);
    const button = h(
      'button',
      {
        type: 'button',
        class: 'legend-row',
        'data-row': key,
        'aria-pressed': String(this.#pinned === key),
        title: TEXTS.highlight(row.label, regions),
        onclick: () => this.#events.onPin(this.#pinned === key ? undefined : row),
        onpointerenter: point,
        onpointerleave: leave,
        onfocus: point,
        onblur: leave,
      },
      block,
      h('span', { class: 'legend-label' }, row.label),
      h('span', { class: 'legend-count' }, regions),
    );
    return h(
      'li',
      {
        'data-class': row.classId,
        'data-status': row.status,
        'data-count': count,
        'data-color': color,
      },
      button,
    );
  }

  #tellAge(): void {
    const date = this.#updatedAt;
    if (!date) return;
    this.#updated.dateTime = date.toISOString();
    this.#updated.title = date.toLocaleString(TEXTS.locale, { dateStyle: 'medium', timeStyle: 'short' });
    this.#updated.textContent = TEXTS.updated(ago(date, new Date()));
  }
}

/** Codes of the regions that a row stands for. */
export function regionsIn(answer: Answer | undefined, { classId, status }: LegendRow): string[] {
  const regions = answer?.regions ?? [];
  return regions
    .filter((region) => (status ? region.status === status : region.class === classId))
    .map(({ code }) => code);
}

function keyOf({ classId, status }: LegendRow): string {
  return status ?? `class-${classId}`;
}

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `just now`, `5 minutes ago`, `yesterday`. Clocks differ, so what is said to come is just now too. */
export function ago(date: Date, now: Date): string {
  const seconds = (now.getTime() - date.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(TEXTS.locale, { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return TEXTS.justNow;
}
