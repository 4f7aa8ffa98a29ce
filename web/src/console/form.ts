import { h } from '../dom.ts';
import {
  exampleBody,
  exampleOf,
  schemaWords,
  type Filled,
  type Operation,
  type Parameter,
} from './operations.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

type Control = HTMLInputElement | HTMLSelectElement;

/** The parameters of an operation to be filled in. */
export class RequestForm {
  readonly element: HTMLElement;
  readonly #controls = new Map<string, Control>();
  readonly #body: HTMLTextAreaElement | undefined;
  readonly #accept: HTMLSelectElement | undefined;

  constructor(operation: Operation, values: Filled['values'], onChange: () => void) {
    const rows = operation.parameters.map((parameter) => this.#row(parameter, values[parameter.name] ?? ''));
    const body = exampleBody(operation);
    if (operation.requestBody) {
      this.#body = h('textarea', { rows: Math.min(14, body.split('\n').length + 1), spellcheck: 'false' });
      this.#body.value = body;
    }
    const types = [
      ...new Set(Object.values(operation.responses).flatMap(({ content = {} }) => Object.keys(content))),
    ];
    const own = types.filter((type) => type !== 'application/problem+json' && !type.includes('*'));
    if (own.length > 1)
      this.#accept = h(
        'select',
        {},
        h('option', { value: '' }, TEXTS.any),
        ...own.map((type) => h('option', {}, type)),
      );
    this.element = h(
      'div',
      { class: 'form', oninput: onChange },
      ...(rows.length > 0 ? rows : [h('p', { class: 'muted' }, TEXTS.noParameters)]),
      this.#accept &&
        h('label', { class: 'parameter' }, h('span', { class: 'parameter-name' }, 'Accept'), this.#accept),
      this.#body &&
        h(
          'label',
          { class: 'parameter-body' },
          h('span', { class: 'parameter-name' }, TEXTS.body),
          this.#body,
        ),
    );
  }

  get filled(): Filled {
    const values = [...this.#controls].map(([name, control]) => [name, control.value] as const);
    return {
      values: Object.fromEntries(values),
      body: this.#body?.value.trim() ?? '',
      accept: this.#accept?.value ?? '',
    };
  }

  /** Puts in every example; they go together. */
  fillExamples(parameters: readonly Parameter[]): void {
    for (const parameter of parameters) {
      const control = this.#controls.get(parameter.name);
      if (control && parameter.example !== undefined) control.value = exampleOf(parameter);
    }
  }

  /** The first that has to be there and is not. */
  missing(parameters: readonly Parameter[]): HTMLElement | undefined {
    const empty = parameters.find(
      ({ name, required }) => required && this.#controls.get(name)?.value.trim() === '',
    );
    return empty && this.#controls.get(empty.name);
  }

  #row(parameter: Parameter, value: string): HTMLElement {
    const { name, required, description = '', schema, explode } = parameter;
    const control = controlOf(parameter, value);
    this.#controls.set(name, control);
    const id = `about-${name}`;
    control.setAttribute('aria-describedby', id);
    const words = explode ? TEXTS.columnsForm : schemaWords(schema);
    return h(
      'div',
      { class: 'parameter' },
      h(
        'label',
        { for: control.id },
        h('span', { class: 'parameter-name' }, explode ? TEXTS.anyColumn : name),
        required && h('span', { class: 'required' }, TEXTS.required),
      ),
      control,
      h('p', { class: 'parameter-about', id }, description, words !== '' && h('code', {}, words)),
    );
  }
}

function controlOf(parameter: Parameter, value: string): Control {
  const { name, required, schema } = parameter;
  const id = `parameter-${name}`;
  const allowed = schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : undefined);
  if (!allowed) {
    const example = exampleOf(parameter);
    const input = h('input', {
      type: 'text',
      id,
      placeholder: example,
      spellcheck: 'false',
      autocomplete: 'off',
    });
    input.value = value;
    return input;
  }
  const options = [...(required ? [] : ['']), ...allowed.map(String)];
  const select = h('select', { id }, ...options.map((option) => h('option', {}, option)));
  if (options.includes(value)) select.value = value;
  return select;
}
