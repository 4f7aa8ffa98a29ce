import { h, swatch } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import type { Draft } from './client.ts';
import { STUDIO } from './texts.ts';

/** Rows of the table; who wants more has the published map. */
const ROWS = 200;
const shown = new Intl.NumberFormat(TEXTS.locale, { maximumSignificantDigits: 6 });

/** What the map says besides its colours: legend, the region that is pointed at, all values as a table. */
export class Reading {
  readonly element: HTMLElement;
  readonly #legend = h('ul', { class: 'draft-legend' });
  readonly #region = h('p', { class: 'muted readout' });
  readonly #table = h('div', {});
  #draft: Draft | undefined;
  #values = new Map<string, NonNullable<Draft['values']>[number]>();

  constructor() {
    this.element = h('div', { class: 'stack reading-draft' }, this.#legend, this.#region, this.#table);
    this.show(undefined);
  }

  show(draft: Draft | undefined): void {
    this.#draft = draft;
    this.#values = new Map(draft?.values?.map((row) => [row[0], row]));
    this.element.hidden = !draft?.classes;
    this.#legend.replaceChildren(...this.#rows());
    this.#table.replaceChildren(...(draft?.values ? [this.#all(draft.values)] : []));
    this.point(undefined);
  }

  /** A region is pointed at, or none. */
  point(code: string | undefined): void {
    const row = code === undefined ? undefined : this.#values.get(code);
    this.#region.textContent = row ? `${row[3] || row[0]}: ${wordsOf(row)}` : STUDIO.pointAt;
  }

  #rows(): HTMLElement[] {
    const { classes, suppressed = 0 } = this.#draft ?? {};
    if (!classes) return [];
    const row = (color: string, label: string, count: number): HTMLElement =>
      h('li', {}, swatch(color), h('span', {}, label), h('span', { class: 'muted' }, shown.format(count)));
    const { color, count } = classes.noData;
    return [
      ...classes.classes.map((one) => row(one.color, one.label, one.count)),
      ...(suppressed > 0 ? [row(color, STUDIO.suppressed, suppressed)] : []),
      ...(count - suppressed > 0 ? [row(color, STUDIO.noData, count - suppressed)] : []),
    ];
  }

  #all(values: NonNullable<Draft['values']>): HTMLElement {
    const head = h(
      'tr',
      {},
      h('th', { scope: 'col' }, STUDIO.region),
      h('th', { scope: 'col' }, STUDIO.code),
      h('th', { scope: 'col' }, STUDIO.value),
    );
    const rows = values
      .slice(0, ROWS)
      .map((row) =>
        h('tr', {}, h('td', {}, row[3]), h('td', {}, row[0]), h('td', { class: 'number' }, wordsOf(row))),
      );
    const more = values.length - rows.length;
    return h(
      'details',
      { class: 'listed' },
      h('summary', {}, STUDIO.values),
      h(
        'div',
        { class: 'table-frame', role: 'region', 'aria-label': STUDIO.values, tabindex: 0 },
        h('table', {}, h('thead', {}, head), h('tbody', {}, ...rows)),
      ),
      more > 0 && h('p', { class: 'muted' }, STUDIO.more(more)),
    );
  }
}

function wordsOf([, status, value]: NonNullable<Draft['values']>[number]): string {
  if (value !== null) return shown.format(value);
  return status === 'suppressed' ? STUDIO.suppressed : STUDIO.noData;
}
