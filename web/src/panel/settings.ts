import type { Choropleth } from '../api.ts';
import { h } from '../dom.ts';
import { isPublished, shownValue } from '../rules.ts';
import { defaultState, type State } from '../state.ts';
import { TEXTS } from '../texts.ts';
import { classControls } from './class-controls.ts';
import { check, type Change, type Control } from './controls.ts';
import { DimensionFilter } from './dimension-filter.ts';
import { figureControls, type Parents } from './figure-controls.ts';
import { SchemePicker } from './scheme-picker.ts';
import { viewControls } from './view-controls.ts';

/** What can be set about a choropleth; made anew for each, brought up to date as the state changes. */
export class Settings {
  readonly element: HTMLElement;
  readonly #choropleth: Choropleth;
  readonly #controls: readonly Control[];
  readonly #filters: readonly DimensionFilter[];
  readonly #scheme: SchemePicker;
  readonly #note = h('p', { class: 'wide setting-note' });
  readonly #more: HTMLDetailsElement;
  #parents: Parents = {};
  #state: State | undefined;

  /** @param advice what the server proposes, among the controls of the classes */
  constructor(choropleth: Choropleth, advice: HTMLElement, onChange: (change: Change) => void) {
    this.#choropleth = choropleth;
    const figures = figureControls(choropleth, () => this.#parents, onChange);
    const classes = classControls(choropleth, onChange);
    const views = viewControls(choropleth, onChange);
    this.#scheme = new SchemePicker(onChange);
    const reverse = check(
      {
        name: 'reverse',
        label: TEXTS.reverse,
        isNarrow: true,
        isShown: ({ view }) => view === 'classes' || view === 'smooth',
        value: (state) => state.reverse,
        change: (isTurned) => ({ reverse: isTurned }),
      },
      onChange,
    );
    this.#filters = choropleth.dimensions.map(
      (dimension) =>
        new DimensionFilter(dimension, (chosen) =>
          onChange({ filters: this.#filtersWith(dimension.id, chosen) }),
        ),
    );
    this.#controls = [
      ...figures.first,
      ...views,
      ...classes.first,
      reverse,
      ...figures.more,
      ...classes.more,
    ];
    const elements = (controls: readonly Control[]): HTMLElement[] => controls.map(({ element }) => element);
    const { camera: _camera, region: _region, ...original } = defaultState(choropleth);
    this.#more = h(
      'details',
      { class: 'more-settings wide' },
      h('summary', {}, TEXTS.moreSettings),
      h('div', { class: 'settings-grid' }, ...elements(figures.more), ...elements(classes.more)),
      h(
        'button',
        { type: 'button', class: 'button small', onclick: () => onChange(original) },
        TEXTS.resetAll,
      ),
    );
    this.element = h(
      'div',
      { class: 'settings-body settings-grid' },
      ...elements(figures.first),
      ...this.#filters.map((filter) => filter.element),
      ...elements(views),
      this.#note,
      ...elements(classes.first),
      this.#scheme.element,
      reverse.element,
      this.#scheme.warning,
      advice,
      this.#more,
    );
  }

  /** Takes in which values the dimensions have now. */
  offer(dimensions: Choropleth['dimensions']): void {
    for (const { id, values } of dimensions) this.#filters.find((filter) => filter.id === id)?.offer(values);
    if (this.#state) this.sync(this.#state); // there may be a newer period to show
  }

  /** Takes in the names of the regions above, and how many classes came of it. */
  learn(parents: Parents, colors: readonly string[]): void {
    this.#parents = parents;
    this.#scheme.learn(colors);
    if (this.#state) this.sync(this.#state);
  }

  sync(state: State): void {
    this.#state = state;
    for (const control of this.#controls) control.sync(state);
    this.#scheme.sync(state);
    this.#note.textContent = TEXTS.viewNotes[state.view];
    this.#note.hidden = this.#note.textContent === '';
    const single = isPublished(this.#choropleth, state.metric);
    for (const filter of this.#filters) {
      const dimension = this.#choropleth.dimensions.find(({ id }) => id === filter.id);
      const shown = single && dimension ? shownValue(this.#choropleth, dimension) : undefined;
      filter.sync(state.filters[filter.id] ?? (shown === undefined ? [] : [shown]), single);
      filter.element.hidden = state.options.change !== undefined && filter.id === this.#choropleth.time;
    }
    if (Object.keys(state.options).some((name) => name !== 'parent')) this.#more.open = true;
  }

  #filtersWith(id: string, chosen: readonly string[]): State['filters'] {
    const { [id]: _before, ...others } = this.#state?.filters ?? {};
    return chosen.length > 0 ? { ...others, [id]: chosen } : others;
  }
}
