import { ramp, SCHEMES } from '../../../server/choropleth/color/index.ts';
import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';

/** Steps that a scheme is shown with. */
const STEPS = 7;
const KINDS = ['sequential', 'diverging'] as const;

/** Chooses a colour scheme by its looks; classes are ordered, so schemes without an order are not offered. */
export class SchemePicker {
  readonly element: HTMLElement;
  readonly #current = h('span', { class: 'scheme-current' });
  readonly #radios: readonly HTMLInputElement[];

  constructor(onChange: (scheme: string) => void) {
    const groups = KINDS.map((kind) =>
      h(
        'fieldset',
        {},
        h('legend', {}, TEXTS.schemeKinds[kind]),
        h(
          'div',
          { class: 'scheme-grid' },
          ...SCHEMES.filter((s) => s.kind === kind).map(({ name }) => option(name)),
        ),
      ),
    );
    const details = h(
      'details',
      { class: 'picker' },
      h('summary', {}, this.#current),
      h('div', { class: 'picker-body' }, ...groups),
    );
    this.element = h(
      'div',
      { class: 'field' },
      h('span', { class: 'field-label', id: 'colors-label' }, TEXTS.colors),
      details,
    );
    this.#radios = [...details.querySelectorAll('input')];
    details.addEventListener('change', (event) => onChange((event.target as HTMLInputElement).value));
    details.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !details.open) return;
      event.stopPropagation();
      details.open = false;
      details.querySelector('summary')?.focus();
    });
  }

  sync(scheme: string, reverse: boolean): void {
    for (const radio of this.#radios) radio.checked = radio.value === scheme;
    const known = this.#radios.some((radio) => radio.value === scheme);
    this.#current.replaceChildren(...(known ? [strip(scheme, reverse)] : []), h('span', {}, scheme));
  }
}

function option(name: string): HTMLElement {
  return h(
    'label',
    { class: 'scheme', title: name },
    h('input', { type: 'radio', name: 'scheme', value: name, class: 'visually-hidden' }),
    strip(name, false),
    h('span', {}, name),
  );
}

function strip(name: string, reverse: boolean): HTMLElement {
  const bars = ramp(name, STEPS, { reverse }).map((color) => {
    const bar = h('span');
    bar.style.backgroundColor = color;
    return bar;
  });
  return h('span', { class: 'scheme-strip', 'aria-hidden': 'true' }, ...bars);
}
