import type { Answer } from '../answer.ts';
import type { Region } from '../api.ts';
import { field, h, swatch } from '../dom.ts';
import { TEXTS } from '../texts.ts';

type Sort = keyof typeof TEXTS.sorts;

/** Rows that are drawn at once: thousands would make each keystroke in the search slow. */
const PAGE = 100;

/** All regions with their values, to be searched and walked through with the keyboard. */
export class RegionList {
  readonly element: HTMLElement;
  readonly #onSelect: (code: string) => void;
  readonly #search = h('input', { type: 'search', placeholder: TEXTS.searchHint, autocomplete: 'off' });
  readonly #sort = h(
    'select',
    {},
    ...Object.entries(TEXTS.sorts).map(([value, label]) => h('option', { value }, label)),
  );
  readonly #count = h('p', { class: 'list-count', role: 'status' });
  readonly #rows = h('ul', { class: 'region-rows', 'aria-label': TEXTS.regions });
  readonly #more = h('button', { type: 'button', class: 'button more', hidden: true });
  #answer: Answer | undefined;
  #selected: string | undefined;
  #found: readonly Region[] = [];
  #drawn = 0;

  constructor(onSelect: (code: string) => void) {
    this.#onSelect = onSelect;
    this.#search.addEventListener('input', () => this.#find());
    this.#sort.addEventListener('change', () => this.#find());
    this.#more.addEventListener('click', () => this.#drawMore(true));
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') this.#focus(event, this.#buttons()[0]);
    });
    this.#rows.addEventListener('keydown', (event) => this.#walk(event));
    this.element = h(
      'section',
      { class: 'regions', id: 'regions', tabindex: -1, 'aria-label': TEXTS.regions },
      h('h2', {}, TEXTS.regions),
      h('div', { class: 'list-tools' }, field(TEXTS.search, this.#search), field(TEXTS.sort, this.#sort)),
      this.#count,
      h('div', { class: 'region-scroll' }, this.#rows, this.#more),
    );
  }

  /** Values may change while somebody walks through the list: where they are stays as it is. */
  draw(answer: Answer): void {
    const drawn = this.#drawn;
    const focused = this.#buttons().find((button) => button === document.activeElement)?.dataset.code;
    this.#answer = answer;
    this.#find();
    while (this.#drawn < Math.min(drawn, this.#found.length)) this.#drawMore(false);
    if (focused === undefined) return;
    this.#buttons()
      .find((button) => button.dataset.code === focused)
      ?.focus({ preventScroll: true });
  }

  select(code: string | undefined): void {
    this.#selected = code;
    for (const button of this.#buttons()) {
      button.setAttribute('aria-pressed', String(button.dataset.code === code));
    }
  }

  #find(): void {
    const words = fold(this.#search.value).split(/\s+/).filter(Boolean);
    const found = (this.#answer?.regions ?? []).filter((region) => {
      const text = fold(`${region.name} ${region.parent ?? ''} ${region.code}`);
      return words.every((word) => text.includes(word));
    });
    this.#found = found.sort(ORDERS[this.#sort.value as Sort]);
    this.#count.textContent = this.#answer ? TEXTS.found(found.length) : '';
    this.#rows.replaceChildren();
    this.#drawn = 0;
    this.#drawMore(false);
  }

  #drawMore(focus: boolean): void {
    const from = this.#drawn;
    const rows = this.#found.slice(from, from + PAGE).map((region) => this.#row(region));
    this.#rows.append(...rows);
    this.#drawn = from + rows.length;
    const rest = this.#found.length - this.#drawn;
    this.#more.hidden = rest === 0;
    this.#more.textContent = TEXTS.more(Math.min(PAGE, rest));
    const first = this.#buttons()[from];
    if (from === 0 && first) first.tabIndex = 0;
    if (focus) first?.focus();
  }

  #row(region: Region): HTMLElement {
    const answer = this.#answer as Answer;
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          // One stop of the Tab key for the whole list; arrows go from row to row.
          tabindex: -1,
          'data-code': region.code,
          'aria-pressed': String(region.code === this.#selected),
          onclick: () => this.#onSelect(region.code),
        },
        swatch(answer.colorOf(region)),
        h(
          'span',
          { class: 'row-name' },
          region.name || region.code,
          region.parent !== null && h('small', {}, region.parent),
        ),
        h('span', { class: `row-value is-${region.status}` }, answer.valueText(region)),
      ),
    );
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.#rows.querySelectorAll('button')];
  }

  #walk(event: KeyboardEvent): void {
    const buttons = this.#buttons();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'ArrowDown') this.#focus(event, buttons[at + 1] ?? this.#more);
    else if (event.key === 'ArrowUp') this.#focus(event, buttons[at - 1] ?? this.#search);
    else if (event.key === 'Home') this.#focus(event, buttons[0]);
    else if (event.key === 'End') this.#focus(event, buttons.at(-1));
  }

  #focus(event: Event, target: HTMLElement | undefined): void {
    if (!target) return;
    event.preventDefault();
    if (target.dataset.code !== undefined) {
      for (const button of this.#buttons()) button.tabIndex = button === target ? 0 : -1;
    }
    target.focus();
  }
}

const byName = (a: Region, b: Region): number =>
  a.name.localeCompare(b.name, 'en') || (a.parent ?? '').localeCompare(b.parent ?? '', 'en');

/** Regions without a value come last whichever way values are ordered. */
const byValue =
  (direction: 1 | -1) =>
  (a: Region, b: Region): number => {
    if (a.value === null || b.value === null) {
      return Number(a.value === null) - Number(b.value === null) || byName(a, b);
    }
    return direction * (a.value - b.value) || byName(a, b);
  };

const ORDERS: Record<Sort, (a: Region, b: Region) => number> = {
  high: byValue(-1),
  low: byValue(1),
  name: byName,
};

/** Text as it is searched: without case and accents. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}
