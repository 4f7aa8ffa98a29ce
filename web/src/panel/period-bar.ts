import type { Choropleth } from '../api.ts';
import { h } from '../dom.ts';
import { periodsOf } from '../rules.ts';
import type { State } from '../state.ts';
import { TEXTS } from '../texts.ts';
import { words, type Change } from './controls.ts';

/** How long a period stays while they are played, in ms, from when its map is there. */
const STEP_MS = 900;

/** Moves through the periods of a choropleth, by hand or by itself; hidden where there is no time. */
export class PeriodBar {
  readonly element: HTMLElement;
  readonly #play = h('button', { type: 'button', class: 'period-play', 'aria-pressed': 'false' });
  readonly #slider = h('input', {
    type: 'range',
    name: 'period',
    min: 0,
    step: 1,
    'aria-label': TEXTS.period,
  });
  readonly #output = h('output', { class: 'period-name' });
  readonly #onChange: (change: Change) => void;
  #choropleth: Choropleth | undefined;
  #state: State | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPlaying = false;

  constructor(onChange: (change: Change) => void) {
    this.#onChange = onChange;
    this.element = h('div', { class: 'period-bar', hidden: true }, this.#play, this.#slider, this.#output);
    this.#play.addEventListener('click', () => (this.#isPlaying ? this.stop() : this.#start()));
    this.#slider.addEventListener('input', () => {
      this.stop();
      this.#choose(Number(this.#slider.value));
    });
    this.#label();
  }

  sync(choropleth: Choropleth, state: State): void {
    if (choropleth !== this.#choropleth) this.stop();
    this.#choropleth = choropleth;
    this.#state = state;
    const periods = periodsOf(choropleth);
    this.element.hidden = periods.length < 2 || state.options.change !== undefined;
    if (this.element.hidden) return this.stop();
    const chosen = state.filters[choropleth.time ?? ''] ?? [];
    const [only] = chosen;
    // Left of the first period are all of them together.
    const index = chosen.length === 1 && only !== undefined ? periods.indexOf(only) + 1 : 0;
    const text =
      index > 0
        ? words(periods[index - 1] ?? '')
        : chosen.length > 1
          ? TEXTS.chosen(chosen.length)
          : TEXTS.allPeriods;
    this.#slider.max = String(periods.length);
    this.#slider.value = String(index);
    this.#slider.setAttribute('aria-valuetext', text);
    this.#output.textContent = text;
  }

  /** The map of the period is there: the next one may come. */
  shown(): void {
    if (!this.#isPlaying) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), STEP_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isPlaying = false;
    this.#label();
  }

  #start(): void {
    this.#isPlaying = true;
    this.#label();
    this.#next();
  }

  #next(): void {
    const last = Number(this.#slider.max);
    const index = Number(this.#slider.value);
    this.#choose(index >= last ? 1 : index + 1);
    if (index + 1 === last) this.stop(); // once through, to where time is now
  }

  #choose(index: number): void {
    if (!this.#choropleth || !this.#state) return;
    const { time = '' } = this.#choropleth;
    const period = periodsOf(this.#choropleth)[index - 1];
    const { [time]: _before, ...others } = this.#state.filters;
    this.#onChange({ filters: period === undefined ? others : { ...others, [time]: [period] } });
  }

  #label(): void {
    const text = this.#isPlaying ? TEXTS.stop : TEXTS.play;
    this.#play.setAttribute('aria-pressed', String(this.#isPlaying));
    this.#play.setAttribute('aria-label', text);
    this.#play.title = text;
    this.#play.replaceChildren(this.#isPlaying ? '❚❚' : '▶');
  }
}
