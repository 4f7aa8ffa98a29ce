import type { Choropleth } from '../api.ts';
import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import { words } from './controls.ts';
import { closing } from './picker.ts';

/** Values of a dimension to choose from; none chosen is all, but of a published figure always one is shown. */
export class DimensionFilter {
  readonly id: string;
  readonly element: HTMLElement;
  readonly #summary = h('span', { class: 'filter-chosen' });
  readonly #choices = h('div');
  readonly #clear: HTMLElement;
  readonly #onChange: () => void;
  #boxes: readonly HTMLInputElement[] = [];

  constructor(
    { id, label, values }: Choropleth['dimensions'][number],
    onChange: (chosen: readonly string[]) => void,
  ) {
    this.id = id;
    // A column that nobody named is called by its own name.
    const name = label === id ? words(id) : label;
    this.#onChange = () => onChange(this.chosen);
    this.offer(values);
    const clear = (): void => {
      this.sync([]);
      onChange([]);
    };
    this.#clear = h('button', { type: 'button', class: 'button', onclick: clear }, TEXTS.clear);
    this.element = h(
      'div',
      { class: 'field wide' },
      h('span', { class: 'field-label' }, name),
      closing(
        h(
          'details',
          { class: 'picker' },
          h('summary', { 'aria-label': name }, this.#summary),
          h('div', { class: 'picker-body' }, this.#choices, this.#clear),
        ),
      ),
    );
  }

  get chosen(): string[] {
    return this.#boxes.filter((box) => box.checked).map((box) => box.value);
  }

  /** Shows these values, and chosen ones that are gone: what is chosen must be seen, or nobody could unchoose it. */
  offer(values: readonly string[]): void {
    const gone = this.chosen.filter((value) => !values.includes(value));
    const all = [...values, ...gone];
    if (all.join('\n') === this.#boxes.map(({ value }) => value).join('\n')) return;
    const known = new Map(this.#boxes.map((box) => [box.value, box]));
    const focused = this.#boxes.find((box) => box === document.activeElement);
    this.#boxes = all.map(
      (value) => known.get(value) ?? h('input', { type: 'checkbox', value, onchange: this.#onChange }),
    );
    this.#choices.replaceChildren(
      ...this.#boxes.map((box) => h('label', { class: 'check' }, box, h('span', {}, words(box.value)))),
    );
    focused?.focus();
  }

  sync(wanted: readonly string[], single = false): void {
    this.#clear.hidden = single;
    for (const box of this.#boxes) {
      box.type = single ? 'radio' : 'checkbox';
      box.name = single ? `filter-${this.id}` : '';
      box.checked = wanted.includes(box.value);
    }
    const [only, ...others] = wanted;
    this.#summary.textContent =
      only === undefined ? TEXTS.all : others.length === 0 ? words(only) : TEXTS.chosen(wanted.length);
  }
}
