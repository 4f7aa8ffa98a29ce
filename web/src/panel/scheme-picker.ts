import { checkColors, ramp, SCHEMES, type Sides } from '../../../server/choropleth/color/index.ts';
import { h } from '../dom.ts';
import { hasCenter, isDiverging } from '../rules.ts';
import type { State } from '../state.ts';
import { TEXTS } from '../texts.ts';
import type { Change } from './controls.ts';
import { closing } from './picker.ts';

/** Steps that a scheme is shown with. */
const STEPS = 7;
type Kind = 'sequential' | 'diverging';
/** So many other schemes are proposed where one is hard to read. */
const PROPOSED = 3;

/** Chooses a colour scheme by its looks; classes are ordered, so schemes without an order are not offered. */
export class SchemePicker {
  readonly element: HTMLElement;
  /** What colour-blind readers cannot tell apart, and what they can. */
  readonly warning = h('div', { class: 'wide scheme-warning', role: 'status', hidden: true });
  readonly #onChange: (change: Change) => void;
  readonly #current = h('span', { class: 'scheme-current' });
  readonly #radios: readonly HTMLInputElement[];
  readonly #groups: Readonly<Record<Kind, HTMLElement>>;
  #colors: readonly string[] = [];
  #state: State | undefined;

  constructor(onChange: (change: Change) => void) {
    this.#onChange = onChange;
    const [sequential, diverging] = [group('sequential'), group('diverging')];
    this.#groups = { sequential, diverging };
    const details = closing(
      h(
        'details',
        { class: 'picker' },
        h('summary', {}, this.#current),
        h('div', { class: 'picker-body' }, sequential, diverging),
      ),
    );
    this.element = h(
      'div',
      { class: 'field' },
      h('span', { class: 'field-label', id: 'colors-label' }, TEXTS.colors),
      details,
    );
    this.#radios = [...details.querySelectorAll('input')];
    details.addEventListener('change', (event) =>
      onChange({ scheme: (event.target as HTMLInputElement).value }),
    );
    details.addEventListener('toggle', () => {
      if (details.open) this.#markUnclear();
    });
  }

  /** Takes in the colours of the classes that are shown, in their order. */
  learn(colors: readonly string[]): void {
    this.#colors = colors;
  }

  sync(state: State): void {
    this.#state = state;
    const { scheme, reverse } = state;
    this.element.hidden = state.view === 'clusters' || state.view === 'pairs';
    this.#groups.sequential.hidden = hasCenter(state);
    for (const radio of this.#radios) radio.checked = radio.value === scheme;
    const known = this.#radios.some((radio) => radio.value === scheme);
    this.#current.replaceChildren(...(known ? [strip(scheme, reverse)] : []), h('span', {}, scheme));
    this.#warn(state);
  }

  #warn({ scheme, classes, method }: State): void {
    const kind = SCHEMES.find(({ name }) => name === scheme)?.kind;
    const isUnclear =
      !this.element.hidden && !checkColors(this.#colors, sidesOf(scheme, this.#colors.length)).ok;
    this.warning.hidden = !isUnclear;
    if (!isUnclear) return this.warning.replaceChildren();
    const clear = SCHEMES.filter((other) => other.kind === kind && other.name !== scheme)
      .map(({ name }) => name)
      .filter((name) => isClear(name, this.#colors.length));
    const fewer = method === 'manual' ? undefined : fewerClasses(scheme, classes);
    this.warning.replaceChildren(
      h('p', {}, TEXTS.schemeWarning, ' ', (clear.length > 0 || fewer !== undefined) && TEXTS.trySchemes),
      h(
        'p',
        { class: 'chips' },
        ...clear.slice(0, PROPOSED).map((name) => this.#chip(name, { scheme: name }, strip(name, false))),
        fewer !== undefined && this.#chip(TEXTS.fewerClasses(fewer), { classes: fewer }),
      ),
    );
  }

  #chip(label: string, change: Change, sign?: HTMLElement): HTMLElement {
    const onclick = (): void => this.#onChange(change);
    return h('button', { type: 'button', class: 'chip', onclick }, sign, h('span', {}, label));
  }

  /** Marks the schemes whose classes, as many as there are, some eyes mix up. */
  #markUnclear(): void {
    const count = this.#colors.length || (this.#state?.classes ?? STEPS);
    for (const radio of this.#radios) {
      const label = radio.closest('label');
      const isUnclear = !isClear(radio.value, count);
      label?.classList.toggle('is-unclear', isUnclear);
      if (label) label.title = isUnclear ? `${radio.value}: ${TEXTS.schemeUnclear}` : radio.value;
    }
  }
}

function isClear(scheme: string, count: number): boolean {
  return count < 2 || checkColors(ramp(scheme, count), sidesOf(scheme, count)).ok;
}

/** Both halves of a diverging ramp mean opposite things: they must not look alike either. */
function sidesOf(scheme: string, count: number): Sides | undefined {
  const half = Math.floor(count / 2);
  return isDiverging(scheme) ? { left: half, right: half } : undefined;
}

/** The most classes below the number at hand that all eyes tell apart. */
function fewerClasses(scheme: string, classes: number): number | undefined {
  const counts = Array.from({ length: Math.max(0, classes - 2) }, (_, i) => classes - 1 - i);
  return counts.find((count) => isClear(scheme, count));
}

function group(kind: Kind): HTMLElement {
  return h(
    'fieldset',
    {},
    h('legend', {}, TEXTS.schemeKinds[kind]),
    h(
      'div',
      { class: 'scheme-grid' },
      ...SCHEMES.filter((s) => s.kind === kind).map(({ name }) => option(name)),
    ),
  );
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

export function strip(name: string, reverse: boolean): HTMLElement {
  const bars = ramp(name, STEPS, { reverse }).map((color) => {
    const bar = h('span');
    bar.style.backgroundColor = color;
    return bar;
  });
  return h('span', { class: 'scheme-strip', 'aria-hidden': 'true' }, ...bars);
}
