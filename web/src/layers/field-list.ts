import { MAX_CLASSES, MIN_CLASSES } from '../../../server/choropleth/classify/types.ts';
import { field, h } from '../dom.ts';
import { METHODS, type LayersState } from './address.ts';
import type { Field } from './fields.ts';
import { SEQUENTIAL } from './paint.ts';
import { numberText, SAID, shareText } from './texts.ts';

type Change = Partial<LayersState>;

/** The fields of a layer with what stands in them: each a button that colours the map by it. */
export class FieldList {
  readonly element: HTMLElement;
  readonly #note = h('p', { class: 'list-count' });
  readonly #rows = h('ul', { class: 'field-rows' });
  readonly #plain = h('button', { type: 'button', class: 'field-row' }, SAID.oneColour);
  readonly #method = select(
    'method',
    METHODS.map((method) => [method, SAID.methods[method]]),
  );
  readonly #classes = select(
    'classes',
    Array.from({ length: MAX_CLASSES - MIN_CLASSES + 1 }, (_, i) => String(i + MIN_CLASSES)).map((n) => [
      n,
      n,
    ]),
  );
  readonly #scheme = select(
    'scheme',
    SEQUENTIAL.map((name) => [name, name]),
  );
  readonly #reverse = h('input', { type: 'checkbox', name: 'reverse' });
  readonly #controls: HTMLElement;

  constructor(onChange: (change: Change) => void) {
    this.#plain.addEventListener('click', () => onChange({ column: '' }));
    this.#rows.addEventListener('click', ({ target }) => {
      const name = (target as Element).closest<HTMLElement>('[data-field]')?.dataset.field;
      if (name !== undefined) onChange({ column: name });
    });
    const method = this.#method;
    method.addEventListener('change', () => onChange({ method: method.value as LayersState['method'] }));
    this.#classes.addEventListener('change', () => onChange({ classes: Number(this.#classes.value) }));
    this.#scheme.addEventListener('change', () => onChange({ scheme: this.#scheme.value }));
    this.#reverse.addEventListener('change', () => onChange({ reverse: this.#reverse.checked }));
    this.#controls = h(
      'div',
      { class: 'paint-controls' },
      field(SAID.method, method),
      field(SAID.classes, this.#classes),
      field(SAID.scheme, this.#scheme),
      h('label', { class: 'check' }, this.#reverse, SAID.reverse),
    );
    this.element = h(
      'section',
      { class: 'fields', 'aria-label': SAID.fields },
      h('h2', {}, SAID.fields),
      this.#note,
      this.#controls,
      h('div', { class: 'field-plain' }, this.#plain),
      this.#rows,
    );
  }

  /** @param note how many rows were looked at */
  draw(fields: readonly Field[], note: string, chosen: Field | undefined, state: LayersState): void {
    this.#note.textContent = fields.length === 0 ? SAID.noFields : note;
    this.#controls.hidden = chosen?.isNumeric !== true;
    this.#plain.setAttribute('aria-pressed', String(chosen === undefined));
    this.#plain.hidden = fields.length === 0;
    const focused = document.activeElement?.closest<HTMLElement>('[data-field]')?.dataset.field;
    this.#rows.replaceChildren(...fields.map((each) => h('li', {}, row(each, each.name === chosen?.name))));
    if (focused !== undefined)
      [...this.#rows.querySelectorAll<HTMLElement>('[data-field]')]
        .find(({ dataset }) => dataset.field === focused)
        ?.focus();
    this.#method.value = state.method;
    this.#classes.value = String(state.classes);
    this.#scheme.value = state.scheme;
    this.#reverse.checked = state.reverse;
  }
}

function row(each: Field, isChosen: boolean): HTMLElement {
  const { name, type, description, isInTiles } = each;
  return h(
    'button',
    {
      type: 'button',
      class: 'field-row',
      'data-field': name,
      'aria-pressed': String(isChosen),
      disabled: !isInTiles,
      title: description ?? SAID.colourByField(name),
    },
    h('span', { class: 'field-name' }, name),
    h('span', { class: 'field-type' }, type),
    h('span', { class: 'field-facts' }, isInTiles ? facts(each) : SAID.notInTiles),
    bars(each),
  );
}

/** `0 – 1,250 · 3 % missing`, `12 values`. */
function facts({ statistics, isNumeric }: Field): string {
  if (!statistics) return '';
  const { present, missing, min, max, distinct } = statistics;
  if (present === 0) return SAID.allMissing;
  const range =
    isNumeric && min !== undefined && min !== null
      ? SAID.range(numberText(min), numberText(max ?? min))
      : distinct === undefined
        ? ''
        : SAID.distinct(numberText(distinct));
  const absent = missing > 0 ? SAID.missing(shareText(missing / (present + missing))) : '';
  return [range, absent].filter(Boolean).join(' · ');
}

const BARS = 24;

/** How the values of a number are spread, as bars of equal width: told in words by the range and the legend. */
function bars({ statistics }: Field): HTMLElement | false {
  const { percentiles, min, max } = statistics ?? {};
  if (!percentiles || typeof min !== 'number' || typeof max !== 'number' || min === max) return false;
  const counts = new Array<number>(BARS).fill(0);
  for (const value of percentiles)
    counts[Math.min(BARS - 1, Math.floor(((value - min) / (max - min)) * BARS))]! += 1;
  const most = Math.max(...counts);
  return h(
    'span',
    { class: 'field-bars', 'aria-hidden': 'true' },
    ...counts.map((count) => {
      const bar = h('span');
      bar.style.height = `${(100 * count) / most}%`;
      return bar;
    }),
  );
}

const select = (name: string, options: readonly (readonly [string, string])[]): HTMLSelectElement =>
  h('select', { name }, ...options.map(([value, label]) => h('option', { value }, label)));
