import { METHODS } from '../../../server/choropleth/classify/index.ts';
import { ramp, SCHEMES } from '../../../server/choropleth/color/index.ts';
import { field, h, swatch } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import type { DraftColumn } from './client.ts';
import { choice, fill, named, part } from './parts.ts';
import { STUDIO } from './texts.ts';

const PER = ['1', '100', '1000', '10000', '100000'];
const number = (text: string): string => Number(text).toLocaleString(TEXTS.locale);

/** Step 4: what is shown of the figures, and how. */
export class Measure {
  readonly element: HTMLElement;
  readonly #metric = choice();
  readonly #adds = h('input', { type: 'checkbox', checked: true });
  readonly #denominator = choice();
  readonly #per = choice(PER.map((value) => [value, number(value)]));
  readonly #label = h('input', { type: 'text', maxlength: 200 });
  readonly #unit = h('input', { type: 'text', maxlength: 40 });
  readonly #dimensions = h('fieldset', { class: 'dimensions', hidden: true });
  readonly #method = choice(
    METHODS.filter((method) => method !== 'manual').map((method) => [method, TEXTS.methods[method]]),
  );
  readonly #classes = choice(named(['2', '3', '4', '5', '6', '7', '8', '9']));
  readonly #scheme = choice(
    named(SCHEMES.filter(({ kind }) => kind !== 'qualitative').map(({ name }) => name)),
  );
  readonly #colors = h('span', { class: 'scheme-colors', 'aria-hidden': 'true' });
  readonly #suppress = h('input', { type: 'text', inputmode: 'numeric', maxlength: 9 });
  #columns: readonly DraftColumn[] = [];

  constructor(onChange: () => void) {
    this.#classes.value = '5';
    this.#scheme.value = 'YlOrRd';
    this.element = part(
      'measure',
      STUDIO.steps.measure,
      field(STUDIO.metric, this.#metric),
      h('label', { class: 'check' }, this.#adds, h('span', {}, STUDIO.adds)),
      h('div', { class: 'pair' }, field(STUDIO.denominator, this.#denominator), field(STUDIO.per, this.#per)),
      h('div', { class: 'pair' }, field(STUDIO.label, this.#label), field(STUDIO.unit, this.#unit)),
      this.#dimensions,
      h('div', { class: 'pair' }, field(STUDIO.method, this.#method), field(STUDIO.classes, this.#classes)),
      field(STUDIO.scheme, this.#scheme),
      this.#colors,
      field(STUDIO.suppress, this.#suppress),
      h('p', { class: 'muted' }, STUDIO.suppressHint),
    );
    this.#metric.addEventListener('change', () => {
      const chosen = this.#columns.find(({ name }) => name === this.#metric.value);
      this.#adds.checked = chosen?.addsUp ?? true;
    });
    this.element.addEventListener('change', () => {
      this.#sync();
      onChange();
    });
    this.reset();
  }

  reset(): void {
    this.#columns = [];
    fill(this.#metric, [['', STUDIO.choose]], '');
    fill(this.#denominator, [['', STUDIO.none]], '');
    this.#dimensions.replaceChildren();
    this.#dimensions.hidden = true;
    this.element.hidden = true;
    this.#sync();
  }

  /** Columns of the table, the regions' left out. */
  show(columns: readonly DraftColumn[], region: string): void {
    this.element.hidden = false;
    if (this.#columns.length > 0) return;
    this.#columns = columns.filter(({ name }) => name !== region);
    const numbers = this.#columns
      .filter(({ kind, isYear }) => kind === 'number' && !isYear)
      .map(({ name }) => name);
    fill(this.#metric, [['', STUDIO.choose], ...named(numbers)]);
    fill(this.#denominator, [['', STUDIO.none], ...named(numbers)]);
    const choices = this.#columns.filter(
      ({ kind, isYear, distinct }) => (kind === 'text' || isYear) && distinct > 1 && distinct <= 50,
    );
    this.#dimensions.hidden = choices.length === 0;
    this.#dimensions.replaceChildren(
      h('legend', { class: 'field-label' }, STUDIO.dimensions),
      ...choices.map(({ name }) =>
        h('label', { class: 'check' }, h('input', { type: 'checkbox', value: name }), h('span', {}, name)),
      ),
    );
  }

  get asked(): object {
    const { value: column } = this.#metric;
    const below = Number(this.#suppress.value.replace(',', '.'));
    const isRate = this.#adds.checked && this.#denominator.value !== '';
    const [label, unit] = [this.#label.value.trim(), this.#unit.value.trim()];
    const metric = {
      ...{ column, adds: this.#adds.checked },
      ...(isRate && { denominator: this.#denominator.value, multiplier: Number(this.#per.value) }),
      ...(label !== '' && { label }),
      ...(unit !== '' && { unit }),
    };
    return {
      ...(column !== '' && { metric }),
      dimensions: [...this.#dimensions.querySelectorAll('input:checked')].map(
        (one) => (one as HTMLInputElement).value,
      ),
      classify: {
        ...{ method: this.#method.value, classes: Number(this.#classes.value), scheme: this.#scheme.value },
      },
      ...(below > 0 && (this.#adds.checked || isRate) && { suppress: { below } }),
    };
  }

  /** Controls that would be refused are not offered. */
  #sync(): void {
    this.#denominator.disabled = !this.#adds.checked;
    this.#per.disabled = this.#denominator.disabled || this.#denominator.value === '';
    this.#suppress.disabled = !this.#adds.checked;
    this.#colors.replaceChildren(
      ...ramp(this.#scheme.value, Number(this.#classes.value)).map((color) => swatch(color)),
    );
  }
}
