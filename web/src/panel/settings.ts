import { MAX_CLASSES, METHODS, MIN_CLASSES } from '../../../server/choropleth/classify/types.ts';
import type { Choropleth } from '../api.ts';
import { field, h } from '../dom.ts';
import { SchemePicker } from './scheme-picker.ts';
import { isPublished, shownValue, type State } from '../state.ts';
import { TEXTS } from '../texts.ts';

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
  #state: State | undefined;

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
      (dimension) =>
        new DimensionFilter(dimension, (chosen) =>
          onChange({ filters: this.#filtersWith(dimension.id, chosen) }),
        ),
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
    if (this.#state) this.sync(this.#state); // there may be a newer period to show
  }

  sync(state: State): void {
    this.#state = state;
    this.#metric.value = state.metric;
    this.#level.value = state.level;
    this.#method.value = state.method;
    this.#classes.value = String(state.classes);
    this.#classes.disabled = OWN_CLASSES.includes(state.method);
    this.#scheme.sync(state.scheme, state.reverse);
    this.#reverse.checked = state.reverse;
    const single = isPublished(this.#choropleth, state.metric);
    for (const filter of this.#filters) {
      const dimension = this.#choropleth.dimensions.find(({ id }) => id === filter.id);
      const shown = single && dimension ? shownValue(this.#choropleth, dimension) : undefined;
      filter.sync(state.filters[filter.id] ?? (shown === undefined ? [] : [shown]), single);
    }
    this.#refuseRollup(state.metric);
  }

  /** A published figure cannot be added up to another level. */
  #refuseRollup(metric: string): void {
    const isRefused = isPublished(this.#choropleth, metric);
    for (const [i, option] of [...this.#level.options].entries()) {
      option.disabled = isRefused && i > 0;
      const name = this.#levelName(option.value);
      option.textContent = option.disabled ? TEXTS.levelRefused(name) : name;
    }
  }

  #levelName(id: string): string {
    return this.#choropleth.levelLabels[id] ?? id;
  }

  #filtersWith(id: string, chosen: readonly string[]): State['filters'] {
    const { [id]: _before, ...others } = this.#state?.filters ?? {};
    return chosen.length > 0 ? { ...others, [id]: chosen } : others;
  }
}

/** Values of a dimension to choose from; none chosen is all, but of a published figure always one is shown. */
class DimensionFilter {
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
      h(
        'details',
        { class: 'picker' },
        h('summary', { 'aria-label': name }, this.#summary),
        h('div', { class: 'picker-body' }, this.#choices, this.#clear),
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
