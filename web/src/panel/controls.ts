import type { Choropleth } from '../api.ts';
import { field, h } from '../dom.ts';
import type { State } from '../state.ts';

/** A control of one thing that can be set. */
export interface Control {
  element: HTMLElement;
  sync(state: State): void;
}

export type Change = Partial<State>;

/** What a control shows and changes; hidden where the state has no use for it. */
interface Common {
  name: string;
  label: string;
  isShown?(state: State): boolean;
}

export interface ChoiceSpec extends Common {
  options(state: State): readonly Option[];
  value(state: State): string;
  change(value: string, state: State): Change;
  isWide?: boolean;
}

export type Option = readonly [value: string, label: string, isDisabled?: boolean];

/** One of several, in a list that opens. */
export function choice(spec: ChoiceSpec, onChange: (change: Change) => void): Control {
  const control = h('select', { name: spec.name });
  const element = placed(field(spec.label, control), spec.isWide ?? true);
  let current: State | undefined;
  let drawn = '';
  control.addEventListener('change', () => {
    if (current) onChange(spec.change(control.value, current));
  });
  return {
    element,
    sync(state) {
      current = state;
      element.hidden = !(spec.isShown?.(state) ?? true);
      if (element.hidden) return;
      const options = spec.options(state);
      const text = JSON.stringify(options);
      if (text !== drawn) control.replaceChildren(...options.map(optionElement));
      drawn = text;
      control.value = spec.value(state);
    },
  };
}

function optionElement([value, label, isDisabled = false]: Option): HTMLElement {
  return h('option', { value, disabled: isDisabled }, label);
}

export interface TextSpec extends Common {
  hint?: string;
  value(state: State): string;
  change(value: string, state: State): Change;
}

/** Text that counts once it is entered. */
export function entry(spec: TextSpec, onChange: (change: Change) => void): Control {
  const control = h('input', {
    type: 'text',
    name: spec.name,
    placeholder: spec.hint,
    autocomplete: 'off',
    inputmode: 'decimal',
  });
  const element = placed(field(spec.label, control), true);
  let current: State | undefined;
  control.addEventListener('change', () => {
    if (current) onChange(spec.change(control.value.trim(), current));
  });
  return {
    element,
    sync(state) {
      current = state;
      element.hidden = !(spec.isShown?.(state) ?? true);
      if (control !== document.activeElement) control.value = spec.value(state);
    },
  };
}

export interface CheckSpec extends Common {
  value(state: State): boolean;
  change(value: boolean, state: State): Change;
  isNarrow?: boolean;
}

export function check(spec: CheckSpec, onChange: (change: Change) => void): Control {
  const control = h('input', { type: 'checkbox', name: spec.name });
  const label = h('label', { class: 'check' }, control, h('span', {}, spec.label));
  const element = spec.isNarrow ? label : placed(label, true);
  let current: State | undefined;
  control.addEventListener('change', () => {
    if (current) onChange(spec.change(control.checked, current));
  });
  return {
    element,
    sync(state) {
      current = state;
      element.hidden = !(spec.isShown?.(state) ?? true);
      control.checked = spec.value(state);
    },
  };
}

function placed(element: HTMLElement, isWide: boolean): HTMLElement {
  return isWide ? h('div', { class: 'wide' }, element) : element;
}

/** A change of one option; empty takes it away. */
export function option(name: string, value: string, { options }: State): Pick<State, 'options'> {
  return { options: withEntry(options, name, value) };
}

export function viewOption(name: string, value: string, { viewOptions }: State): Pick<State, 'viewOptions'> {
  return { viewOptions: withEntry(viewOptions, name, value) };
}

function withEntry(all: State['options'], name: string, value: string): State['options'] {
  const { [name]: _before, ...others } = all;
  return value === '' ? others : { ...others, [name]: value };
}

/** Names of columns and values as words: `kategori_kemiskinan` → `Kategori kemiskinan`. */
export function words(name: string): string {
  const text = name.replaceAll('_', ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function metricName({ label, unit }: Choropleth['metrics'][number]): string {
  return unit === undefined ? label : `${label} (${unit})`;
}
