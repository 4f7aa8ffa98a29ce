import { h } from '../dom.ts';
import { LANGUAGE } from '../language.ts';
import type { Count, Entry, Health, Stats } from './client.ts';
import { TEXTS } from './texts.ts';

type Child = Parameters<typeof h>[2];

/** A titled part of the page that is as wide as the page, or two thirds of it. */
export function wide(part: HTMLElement, how: 'wide' | 'wider' = 'wide'): HTMLElement {
  part.classList.add(how);
  return part;
}

/** A titled part of the page. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  const id = `part-${title.toLowerCase().replaceAll(/\W+/g, '-')}`;
  return h('section', { class: 'part', 'aria-labelledby': id }, h('h2', { id }, title), ...children);
}

/** English dates with the day first. */
export const LOCALE = LANGUAGE === 'en' ? 'en-GB' : LANGUAGE;

export const timeOf = (iso: string): string =>
  new Date(iso).toLocaleString(LOCALE, { dateStyle: 'medium', timeStyle: 'short' });

export const number = (value: number, digits = 0): string =>
  value.toLocaleString(LANGUAGE, { maximumFractionDigits: digits });
export const bytes = (value: number): string =>
  value < 1000
    ? `${value} B`
    : value < 1e6
      ? `${number(value / 1000, 1)} kB`
      : `${number(value / 1e6, 1)} MB`;
export const milliseconds = (value: number): string =>
  value < 1000 ? `${number(value, value < 10 ? 1 : 0)} ms` : `${number(value / 1000, 1)} s`;

/** Shows something in an element, and leaves what is the same as it is: no flashing, no lost focus or selection. */
export function put(element: HTMLElement, ...children: readonly (Node | string)[]): void {
  const next = h('div', {}, ...children);
  const { childNodes: before } = element;
  const isSame =
    before.length === next.childNodes.length &&
    [...next.childNodes].every((child, i) => child.isEqualNode(before[i] ?? null));
  if (!isSame) element.replaceChildren(...next.childNodes);
}
const sum = (counts: readonly Count[], ...values: readonly string[]): number =>
  counts.filter(({ value }) => values.includes(value)).reduce((total, { events }) => total + events, 0);

export function cards(stats: Stats, { uptimeSeconds }: Health): HTMLElement {
  const hours = Math.floor(uptimeSeconds / 3600);
  const uptime = hours > 0 ? `${number(hours)} h` : `${Math.floor(uptimeSeconds / 60)} min`;
  const all: [string, string][] = [
    [TEXTS.cards.events, number(stats.events)],
    [TEXTS.cards.grave, number(sum(stats.bySeverity, 'error', 'critical'))],
    [TEXTS.cards.refused, number(sum(stats.byOutcome, 'refused'))],
    [TEXTS.cards.actors, stats.byActor.length === 8 ? '8+' : number(stats.byActor.length)],
    [TEXTS.cards.uptime, uptime],
  ];
  return h(
    'dl',
    { class: 'cards' },
    ...all.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** A bar for each step of time from the first on, those without events included. */
export function timeline({ byTime }: Stats, from: Date, stepMs: number): HTMLElement {
  const known = new Map(byTime.map((step) => [Date.parse(step.from), step]));
  const most = Math.max(1, ...byTime.map(({ events }) => events));
  const first = Math.floor(from.getTime() / stepMs) * stepMs;
  const steps = Array.from(
    { length: Math.ceil((Date.now() - first) / stepMs) },
    (_, i) => first + i * stepMs,
  );
  return h(
    'ol',
    { class: 'timeline' },
    ...steps.map((at) => {
      const { events = 0, grave = 0 } = known.get(at) ?? {};
      const label = TEXTS.step(timeOf(new Date(at).toISOString()), events, grave ?? 0);
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span', { class: 'bar-grave' }));
      bar.style.height = `${events === 0 ? 0 : Math.max(2, (100 * events) / most)}%`;
      (bar.firstElementChild as HTMLElement).style.height =
        `${events === 0 ? 0 : (100 * (grave ?? 0)) / events}%`;
      return h('li', { title: label }, bar, h('span', { class: 'visually-hidden' }, label));
    }),
  );
}

/** Names with how often, as bars beside each other. */
export function counts(list: readonly Count[], empty: string = TEXTS.none): HTMLElement {
  if (list.length === 0) return h('p', { class: 'muted' }, empty);
  const most = Math.max(...list.map(({ events }) => events));
  return h(
    'ul',
    { class: 'counts' },
    ...list.map(({ value, events }) => {
      const share = h('span', { class: 'share', 'data-severity': value, 'aria-hidden': 'true' });
      share.style.width = `${(100 * events) / most}%`;
      return h('li', {}, h('span', { class: 'count-name' }, value), h('span', {}, number(events)), share);
    }),
  );
}

/** A table that scrolls by itself where the page is narrow. */
export function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  if (rows.length === 0) return h('p', { class: 'muted' }, TEXTS.none);
  const head = h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)));
  const body = rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))));
  return h(
    'div',
    { class: 'table-frame', role: 'region', 'aria-label': TEXTS.rows(title), tabindex: 0 },
    h('table', {}, h('thead', {}, head), h('tbody', {}, ...body)),
  );
}

export function entries(list: readonly Entry[]): HTMLElement {
  const rows = list.map(({ at, severity, action, actor, object, outcome, times, note }) => [
    timeOf(at),
    h('span', { class: 'tag', 'data-severity': severity }, severity),
    times > 1 ? `${action} × ${number(times)}` : action,
    actor,
    object ?? '',
    outcome,
    note ?? '',
  ]);
  return table(TEXTS.events, TEXTS.columns, rows);
}

export function health({ checks }: Health): HTMLElement {
  const lines = Object.entries(checks).map(([name, { status, detail }]) =>
    h(
      'li',
      {},
      h('span', { class: 'count-name' }, TEXTS.checks[name as keyof typeof TEXTS.checks] ?? name),
      h(
        'span',
        { class: 'tag', 'data-status': status },
        TEXTS.states[status as keyof typeof TEXTS.states] ?? status,
      ),
      detail !== undefined && h('span', { class: 'muted detail' }, detail),
    ),
  );
  return h('ul', { class: 'counts' }, ...lines);
}
