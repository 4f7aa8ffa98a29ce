import { MAX_CLASSES, METHODS, MIN_CLASSES } from '../../server/choropleth/classify/types.ts';
import type { Choropleth } from './api.ts';
import { field, h } from './dom.ts';
import { SchemePicker } from './scheme-picker.ts';
import type { State } from './state.ts';
import { TEXTS } from './texts.ts';

/** Methods that place as many breaks as they do, whatever number of classes is asked for. */
const OWN_CLASSES: readonly string[] = ['boxplot', 'manual'];

export type Change = Partial<
  Pick<State, 'metric' | 'level' | 'method' | 'classes' | 'scheme' | 'reverse' | 'filters'>
>;

/** What can be set about a choropleth; made anew for each, brought up to date as the state changes. */
export class Settings {
  readonly element: HTMLElement;
  readonly #choropleth: Choropleth;
  readonly #metric: HTMLSelectElement;
  readonly #level: HTMLSelectElement;
  readonly #method: HTMLSelectElement;
  readonly #classes: HTMLSelectElement;
  readonly #scheme: SchemePicker;
  readonly #reverse: HTMLInputElement;
  readonly #filters: readonly DimensionFilter[];

  constructor(choropleth: Choropleth, onChange: (change: Change) => void) {
    this.#choropleth = choropleth;
    const choose = (
      name: string,
      options: readonly (readonly [string, string])[],
      change: (value: string) => Change,
    ) => select(name, options, (value) => onChange(change(value)));
    this.#metric = choose(
      'metric',
      choropleth.metrics.map(({ id, label, unit }) => [
        id,
        unit === undefined ? label : `${label} (${unit})`,
      ]),
      (metric) => ({ metric }),
    );
    this.#level = choose(
      'level',
      choropleth.levels.map((id) => [id, this.#levelName(id)]),
      (level) => ({ level }),
    );
    this.#method = choose('method', methodsOf(choropleth), (method) => ({ method }));
    this.#classes = choose(
      'classes',
      Array.from({ length: MAX_CLASSES - MIN_CLASSES + 1 }, (_, i) => String(MIN_CLASSES + i)).map(
        (count): [string, string] => [count, count],
      ),
      (classes) => ({ classes: Number(classes) }),
    );
    this.#scheme = new SchemePicker((scheme) => onChange({ scheme }));
    this.#reverse = h('input', {
      type: 'checkbox',
      onchange: () => onChange({ reverse: this.#reverse.checked }),
    });
    this.#filters = choropleth.dimensions.map(
      (dimension) => new DimensionFilter(dimension, () => onChange({ filters: this.#wanted() })),
    );
    this.element = h(
      'div',
      { class: 'settings-body' },
      h('div', { class: 'wide' }, field(TEXTS.metric, this.#metric)),
      choropleth.levels.length > 1 && h('div', { class: 'wide' }, field(TEXTS.level, this.#level)),
      ...this.#filters.map((filter) => filter.element),
      field(TEXTS.method, this.#method),
      field(TEXTS.classes, this.#classes),
      this.#scheme.element,
      h('label', { class: 'check' }, this.#reverse, h('span', {}, TEXTS.reverse)),
    );
  }

  /** Takes in which values the dimensions have now. */
  offer(dimensions: Choropleth['dimensions']): void {
    for (const { id, values } of dimensions) this.#filters.find((filter) => filter.id === id)?.offer(values);
  }

  sync(state: State): void {
    this.#metric.value = state.metric;
    this.#level.value = state.level;
    this.#method.value = state.method;
    this.#classes.value = String(state.classes);
    this.#classes.disabled = OWN_CLASSES.includes(state.method);
    this.#scheme.sync(state.scheme, state.reverse);
    this.#reverse.checked = state.reverse;
    for (const filter of this.#filters) filter.sync(state.filters[filter.id] ?? []);
    this.#refuseRollup(state.metric);
  }

  /** A published figure cannot be added up to another level. */
  #refuseRollup(metric: string): void {
    const isRefused = this.#choropleth.metrics.find(({ id }) => id === metric)?.kind === 'value';
    for (const [i, option] of [...this.#level.options].entries()) {
      option.disabled = isRefused && i > 0;
      const name = this.#levelName(option.value);
      option.textContent = option.disabled ? TEXTS.levelRefused(name) : name;
    }
  }

  #levelName(id: string): string {
    return this.#choropleth.levelLabels[id] ?? id;
  }

  #wanted(): Record<string, readonly string[]> {
    return Object.fromEntries(
      this.#filters.map(({ id, chosen }) => [id, chosen] as const).filter(([, chosen]) => chosen.length > 0),
    );
  }
}

/** Values of a dimension to choose from; none chosen is all. */
class DimensionFilter {
  readonly id: string;
  readonly element: HTMLElement;
  readonly #summary = h('span', { class: 'filter-chosen' });
  readonly #choices = h('div');
  readonly #onChange: () => void;
  #boxes: readonly HTMLInputElement[] = [];

  constructor({ id, label, values }: Choropleth['dimensions'][number], onChange: () => void) {
    this.id = id;
    // A column that nobody named is called by its own name.
    const name = label === id ? words(id) : label;
    this.#onChange = onChange;
    this.offer(values);
    const clear = (): void => {
      this.sync([]);
      onChange();
    };
    this.element = h(
      'div',
      { class: 'field wide' },
      h('span', { class: 'field-label' }, name),
      h(
        'details',
        { class: 'picker' },
        h('summary', { 'aria-label': name }, this.#summary),
        h(
          'div',
          { class: 'picker-body' },
          this.#choices,
          h('button', { type: 'button', class: 'button', onclick: clear }, TEXTS.clear),
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

  sync(wanted: readonly string[]): void {
    for (const box of this.#boxes) box.checked = wanted.includes(box.value);
    const [only, ...others] = wanted;
    this.#summary.textContent =
      only === undefined ? TEXTS.all : others.length === 0 ? words(only) : TEXTS.chosen(wanted.length);
  }
}

function methodsOf({ classify }: Choropleth): [string, string][] {
  // `manual` needs breaks, which only the configuration has.
  return METHODS.filter((method) => method !== 'manual' || classify.method === 'manual').map((method) => [
    method,
    TEXTS.methods[method],
  ]);
}

function select(
  name: string,
  options: readonly (readonly [value: string, label: string])[],
  onChange: (value: string) => void,
): HTMLSelectElement {
  const element = h('select', { name }, ...options.map(([value, label]) => h('option', { value }, label)));
  element.addEventListener('change', () => onChange(element.value));
  return element;
}

/** Names of columns and values as words: `kategori_kemiskinan` → `Kategori kemiskinan`. */
function words(name: string): string {
  const text = name.replaceAll('_', ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
