import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { field, h, swatch } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import { columnsOf, findRows, sortRows, type Column, type Limits, type Order } from './rows.ts';
import { Window } from './window.ts';

export interface RegionTableEvents {
  onSelect(code: string): void;
  /** The pointer or the focus is on a row, or on none. */
  onHover(code: string | undefined): void;
  /** The whole table, or the map with a narrow one beside it; where there is room for one alone, nothing offers it. */
  onWiden?(isWide: boolean): void;
  onShowAll(): void;
}

/** What columns are called where it is not what they are always called. */
export type Headings = Partial<typeof TEXTS.columns>;

/** Pixels; the stylesheet has the same. */
const ROW_HEIGHT = 44;

/** All regions with their figures: searched, sorted, walked through with the keyboard, joined to the map. */
export class RegionTable {
  readonly element: HTMLElement;
  readonly #events: RegionTableEvents;
  readonly #headings: typeof TEXTS.columns;
  readonly #search = h('input', { type: 'search', placeholder: TEXTS.searchHint, autocomplete: 'off' });
  readonly #count = h('p', { class: 'list-count', role: 'status' });
  readonly #limit = h('button', { type: 'button', class: 'chip', hidden: true, title: TEXTS.showAll });
  readonly #widen = h('button', { type: 'button', class: 'link', 'aria-pressed': 'false' }, TEXTS.widen);
  readonly #head = h('div', { class: 'table-row table-head', role: 'row' });
  readonly #window = new Window(ROW_HEIGHT, (index) => this.#row(index));
  readonly #grid: HTMLElement;
  #answer: Answer | undefined;
  #columns: readonly Column[] = [];
  #found: readonly Region[] = [];
  #order: Order = { column: 'value', isDescending: true };
  #limits: Limits = { words: '', classId: undefined, status: undefined };
  #selected: string | undefined;
  #hovered: string | undefined;
  /** The row that the Tab key comes to. */
  #current = 0;

  constructor(events: RegionTableEvents, headings: Headings = {}) {
    this.#events = events;
    this.#headings = { ...TEXTS.columns, ...headings };
    this.#grid = h(
      'div',
      { class: 'table', role: 'grid', 'aria-label': TEXTS.regions },
      h('div', { role: 'rowgroup' }, this.#head),
      this.#window.element,
    );
    this.#widen.hidden = !events.onWiden;
    this.#listen();
    this.element = h(
      'section',
      { class: 'regions', id: 'regions', tabindex: -1, 'aria-label': TEXTS.regions },
      h('h2', {}, TEXTS.regions),
      field(TEXTS.search, this.#search),
      h('div', { class: 'list-line' }, this.#count, this.#limit, this.#widen),
      this.#grid,
    );
  }

  /** Values may change while somebody walks through the rows: where they are stays as it is. */
  draw(answer: Answer): void {
    const focused = this.#rowAt(document.activeElement)?.dataset.code;
    this.#answer = answer;
    this.#columns = columnsOf(answer);
    if (!this.#columns.includes(this.#order.column)) this.#order = { column: 'value', isDescending: true };
    this.#find();
    if (focused !== undefined) this.#focus(this.#indexOf(focused));
  }

  /** Shows only regions of a class or of a status; all without either. */
  limit({ classId, status, label }: Omit<Limits, 'words'> & { label: string }): void {
    this.#limits = { ...this.#limits, classId, status };
    this.#limit.hidden = classId === undefined && status === undefined;
    this.#limit.replaceChildren(`${TEXTS.onlyClass(label)} ×`);
    this.#find();
  }

  select(code: string | undefined): void {
    if (code === this.#selected) return;
    this.#mark('aria-selected', this.#selected, 'false');
    this.#selected = code;
    const index = code === undefined ? -1 : this.#indexOf(code);
    if (index < 0) return;
    this.#window.reveal(index);
    this.#mark('aria-selected', code, 'true');
  }

  /** The map says which region is pointed at. */
  hover(code: string | undefined): void {
    if (code === this.#hovered) return;
    this.#mark('data-hovered', this.#hovered, undefined);
    this.#hovered = code;
    this.#mark('data-hovered', code, '');
  }

  #listen(): void {
    this.#search.addEventListener('input', () => {
      this.#limits = { ...this.#limits, words: this.#search.value };
      this.#find();
    });
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') this.#walk(event, 0);
    });
    this.#limit.addEventListener('click', () => this.#events.onShowAll());
    this.#widen.addEventListener('click', () => {
      const isWide = this.#widen.getAttribute('aria-pressed') !== 'true';
      this.#widen.setAttribute('aria-pressed', String(isWide));
      this.#widen.textContent = isWide ? TEXTS.narrow : TEXTS.widen;
      this.#events.onWiden?.(isWide);
    });
    const { rows } = this.#window;
    rows.addEventListener('click', ({ target }) => {
      const code = this.#rowAt(target)?.dataset.code;
      if (code !== undefined) this.#events.onSelect(code);
    });
    rows.addEventListener('keydown', (event) => this.#key(event));
    const hover = ({ target }: Event): void => this.#events.onHover(this.#rowAt(target)?.dataset.code);
    const leave = (): void => this.#events.onHover(undefined);
    for (const name of ['pointerover', 'focusin']) rows.addEventListener(name, hover);
    for (const name of ['pointerleave', 'focusout']) rows.addEventListener(name, leave);
  }

  #find(): void {
    const answer = this.#answer;
    if (!answer) return;
    this.#found = sortRows(findRows(answer, this.#limits), this.#order);
    this.#current = 0;
    this.#count.textContent = TEXTS.found(this.#found.length);
    this.#grid.setAttribute('aria-rowcount', String(this.#found.length + 1));
    this.#grid.style.setProperty('--columns', String(this.#columns.length));
    this.#head.replaceChildren(...this.#columns.map((column) => this.#heading(column, answer)));
    this.#window.reset(this.#found.length);
    const index = this.#selected === undefined ? -1 : this.#indexOf(this.#selected);
    if (index > 0 && this.#limits.words === '') this.#window.reveal(index);
  }

  #heading(column: Column, { metric, second }: Answer): HTMLElement {
    const isSorted = column === this.#order.column;
    const sort = !isSorted ? 'none' : this.#order.isDescending ? 'descending' : 'ascending';
    const title = column === 'value' ? metric.label : column === 'second' ? (second?.label ?? '') : '';
    const button = h('button', { type: 'button', title, 'data-column': column }, this.#headings[column]);
    button.addEventListener('click', () => {
      // Figures are looked at from the highest, names from the first.
      const isDescending = isSorted
        ? !this.#order.isDescending
        : !['name', 'code', 'status', 'rank'].includes(column);
      this.#order = { column, isDescending };
      this.#find();
      this.#window.element.scrollTop = 0;
      this.#head.querySelector<HTMLElement>(`[data-column=${column}]`)?.focus();
    });
    return h('div', { class: `cell is-${column}`, role: 'columnheader', 'aria-sort': sort }, button);
  }

  #row(index: number): HTMLElement {
    const region = this.#found[index] as Region;
    const answer = this.#answer as Answer;
    return h(
      'div',
      {
        class: 'table-row',
        role: 'row',
        // One stop of the Tab key for the whole table; arrows go from row to row.
        tabindex: index === this.#current ? 0 : -1,
        'data-code': region.code,
        'data-hovered': region.code === this.#hovered,
        'aria-rowindex': index + 2,
        'aria-selected': String(region.code === this.#selected),
      },
      ...this.#columns.map((column) => cell(column, region, answer)),
    );
  }

  #key(event: KeyboardEvent): void {
    const row = this.#rowAt(event.target);
    const at = row?.dataset.code === undefined ? -1 : this.#indexOf(row.dataset.code);
    if (event.key === 'ArrowDown') this.#walk(event, at + 1);
    else if (event.key === 'ArrowUp') this.#walk(event, at - 1);
    else if (event.key === 'PageDown') this.#walk(event, Math.min(at + 10, this.#found.length - 1));
    else if (event.key === 'PageUp') this.#walk(event, Math.max(at - 10, 0));
    else if (event.key === 'Home') this.#walk(event, 0);
    else if (event.key === 'End') this.#walk(event, this.#found.length - 1);
    else if ((event.key === 'Enter' || event.key === ' ') && row?.dataset.code !== undefined) {
      event.preventDefault();
      this.#events.onSelect(row.dataset.code);
    }
  }

  #walk(event: Event, index: number): void {
    event.preventDefault();
    if (index < 0) this.#search.focus();
    else this.#focus(index);
  }

  #focus(index: number): void {
    if (index < 0 || index >= this.#found.length) return;
    const before = this.#window.row(this.#current);
    if (before) before.tabIndex = -1;
    this.#current = index;
    const row = this.#window.reveal(index);
    if (!row) return;
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
  }

  #indexOf(code: string): number {
    return this.#found.findIndex((region) => region.code === code);
  }

  #rowAt(target: EventTarget | null): HTMLElement | undefined {
    return target instanceof Element ? (target.closest<HTMLElement>('[data-code]') ?? undefined) : undefined;
  }

  #mark(attribute: string, code: string | undefined, value: string | undefined): void {
    if (code === undefined) return;
    for (const row of this.#window.rows.querySelectorAll<HTMLElement>('[data-code]')) {
      if (row.dataset.code !== code) continue;
      if (value === undefined) row.removeAttribute(attribute);
      else row.setAttribute(attribute, value);
    }
  }
}

function cell(column: Column, region: Region, answer: Answer): HTMLElement {
  const attributes = { class: `cell is-${column}`, role: 'gridcell' };
  if (column === 'name')
    return h(
      'div',
      attributes,
      swatch(answer.colorOf(region), region.status),
      h(
        'span',
        { class: 'row-name' },
        h('span', {}, region.name || region.code),
        region.parent !== null && h('small', {}, region.parent),
      ),
    );
  if (column === 'value')
    return h(
      'div',
      attributes,
      h('span', { class: `row-value is-${region.status}` }, answer.valueText(region)),
    );
  return h('div', attributes, textOf(column, region, answer));
}

function textOf(column: Exclude<Column, 'name' | 'value'>, region: Region, answer: Answer): string {
  if (column === 'second') return answer.secondText(region);
  if (column === 'difference') return answer.differenceText?.(region) ?? '';
  if (column === 'class') return answer.classOf(region)?.label ?? '';
  if (column === 'status') return TEXTS.statuses[region.status];
  if (column === 'code') return region.code;
  const number = region[column];
  return number === null ? '' : number.toLocaleString(TEXTS.locale, { maximumFractionDigits: 2 });
}
