import { field, h } from '../dom.ts';
import type { Draft, Join, OpenValue } from './client.ts';
import { choice, fill, listed, named, part } from './parts.ts';
import { STUDIO } from './texts.ts';

/** Values that are asked about one by one. */
const ASKED = 50;

interface Confirmed {
  value: string;
  parent?: string;
  code: string;
  /** Of the region, for this page alone. */
  name: string;
}

/** Step 3: which regions the values of a column are of, as the join doctor says, and as a person does. */
export class Match {
  readonly element: HTMLElement;
  readonly #column = choice([['', STUDIO.found]]);
  readonly #parent = choice([['', STUDIO.none]]);
  readonly #report = h('div', { class: 'stack' });
  readonly #onChange: () => void;
  #confirmed = new Map<string, Confirmed>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    for (const control of [this.#column, this.#parent])
      control.addEventListener('change', () => {
        this.#confirmed.clear();
        onChange();
      });
    const columns = h(
      'div',
      { class: 'pair' },
      field(STUDIO.matchColumn, this.#column),
      field(STUDIO.parentColumn, this.#parent),
    );
    this.element = part('match', STUDIO.steps.match, columns, this.#report);
    this.reset();
  }

  /** Other boundaries or figures: what was said of those before is nothing. */
  reset(): void {
    this.#confirmed = new Map();
    fill(this.#column, [['', STUDIO.found]], '');
    fill(this.#parent, [['', STUDIO.none]], '');
    this.#report.replaceChildren(h('p', { class: 'muted' }, STUDIO.matchFirst));
  }

  get asked(): object {
    return {
      ...(this.#column.value !== '' && {
        column: this.#column.value,
        confirm: this.#said(),
      }),
      ...(this.#parent.value !== '' && { parent: this.#parent.value }),
    };
  }

  show({ column, columns, join }: Draft): void {
    const names = columns.map(({ name }) => name);
    fill(this.#column, named(names), column);
    fill(this.#parent, [['', STUDIO.none], ...named(names.filter((name) => name !== column))]);
    const share = h('meter', { min: 0, max: join.regions, value: join.matched, 'aria-hidden': 'true' });
    const { matched, additional } = join.rows;
    const openList = this.#openOf(join);
    this.#report.replaceChildren(
      h(
        'p',
        { class: 'match-line' },
        h('strong', {}, STUDIO.matched(join.matched, join.regions)),
        ' · ',
        STUDIO.rowsMatched(matched, matched + additional),
      ),
      share,
      ...(openList ? [openList] : []),
      ...(join.missing > 0
        ? [
            listed(
              STUDIO.missing(join.missing),
              join.unmatched.map(nameOf),
              join.missing - join.unmatched.length,
            ),
          ]
        : []),
      ...(join.duplicates.length > 0
        ? [
            listed(
              STUDIO.duplicates(join.duplicates.length),
              join.duplicates.map((one) => `${nameOf(one)}: ${one.values.join(', ')}`),
            ),
          ]
        : []),
    );
  }

  #said(): object[] {
    return [...this.#confirmed.values()].map(({ name: _name, ...one }) => one);
  }

  #openOf(join: Join): HTMLElement | undefined {
    const confirmed = [...this.#confirmed.values()];
    if (join.open === 0 && confirmed.length === 0) return undefined;
    // What was decided stays in the list, so that it can be decided otherwise.
    const decided = confirmed.map((one): OpenValue => ({
      ...one,
      rows: 0,
      suggestions: [{ code: one.code, name: one.name }],
    }));
    const all = [...decided, ...join.additional].slice(0, ASKED);
    const rows = all.map((one) => h('li', {}, h('span', {}, one.value), this.#chooser(one, join)));
    const more = join.open + decided.length - rows.length;
    const details = h(
      'details',
      { class: 'listed', open: true },
      h('summary', {}, STUDIO.open(join.open)),
      h('ul', { class: 'open-values' }, ...rows, more > 0 && h('li', { class: 'muted' }, STUDIO.more(more))),
    );
    return details;
  }

  #chooser(one: OpenValue, { unmatched }: Join): HTMLElement {
    const key = JSON.stringify([one.value, one.parent]);
    const option = (each: { code: string; name: string }): HTMLElement =>
      h('option', { value: each.code }, nameOf(each));
    const suggested = new Set(one.suggestions.map(({ code }) => code));
    const others = unmatched.filter(({ code }) => !suggested.has(code));
    const control = h(
      'select',
      { 'aria-label': STUDIO.regionOf(one.value) },
      h('option', { value: '' }, STUDIO.leaveOut),
      one.suggestions.length > 0 && h('optgroup', { label: STUDIO.perhaps }, ...one.suggestions.map(option)),
      others.length > 0 && h('optgroup', { label: STUDIO.others }, ...others.map(option)),
    );
    control.value = this.#confirmed.get(key)?.code ?? '';
    control.addEventListener('change', () => {
      const { value, parent } = one;
      const { name = '' } =
        [...one.suggestions, ...unmatched].find(({ code }) => code === control.value) ?? {};
      if (control.value === '') this.#confirmed.delete(key);
      else
        this.#confirmed.set(key, {
          value,
          code: control.value,
          name,
          ...(parent !== undefined && { parent }),
        });
      this.#onChange();
    });
    return control;
  }
}

const nameOf = ({ code, name }: { code: string; name: string }): string =>
  name === '' ? code : `${name} (${code})`;
