import type { StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';
import { toAnswer, type Answer } from '../answer.ts';
import type { Documents, ListedChoropleth } from '../api.ts';
import { h } from '../dom.ts';
import { Figures } from '../figures.ts';
import { Advice } from '../histogram/advice.ts';
import { Loading } from '../loading.ts';
import type { BaseMap } from '../map/base.ts';
import { Legend, regionsIn, type LegendRow } from '../map/legend.ts';
import { colorsOf, pageStyle } from '../map/map-style.ts';
import { RegionMap, type Place } from '../map/region-map.ts';
import type { News } from '../news.ts';
import { Notice } from '../notice.ts';
import { ChoroplethChoice } from '../page.ts';
import type { Change } from '../panel/controls.ts';
import { PeriodBar } from '../panel/period-bar.ts';
import { closing } from '../panel/picker.ts';
import { Settings } from '../panel/settings.ts';
import { defaultState, toHash, type Camera } from '../state.ts';
import { TEXTS } from '../texts.ts';
import { seenAs } from '../views/answer.ts';
import type { Shown } from './address.ts';
import { nameOf } from './pairing.ts';
import { COMPARE_TEXTS } from './texts.ts';

export type Where = 'left' | 'right';

export interface SideEvents {
  onChoose(id: string): void;
  onChange(change: Change): void;
  /** Its documents came, or came anew. */
  onLoaded(): void;
  onHover(code: string | undefined, place: Place): void;
  onHighlight(codes: readonly string[] | undefined): void;
  onSelect(code: string | undefined): void;
  onCamera(camera: Camera): void;
  onMove(camera: Camera | undefined): void;
}

/** What is around both maps. */
export interface Surroundings {
  base: BaseMap;
  news: News;
}

/** One of the two maps with what belongs to it: what is shown, its settings, its periods and its legend. */
export class Side {
  readonly frame: HTMLElement;
  readonly head: HTMLElement;
  readonly legend: Legend;
  readonly notice = new Notice();
  readonly map: RegionMap | undefined;
  readonly figures: Figures;
  readonly #where: Where;
  readonly #events: SideEvents;
  readonly #around: Surroundings;
  readonly #choice = new ChoroplethChoice((id) => this.#events.onChoose(id));
  readonly #periods = new PeriodBar((change) => this.#events.onChange(change));
  readonly #advice = new Advice((change) => this.#events.onChange(change));
  // A form of its own, as radio buttons of the same name belong together within one.
  readonly #settingsPlace = h('form', { class: 'side-settings-body', onsubmit: (e) => e.preventDefault() });
  readonly #alone = h('a', { class: 'link' }, COMPARE_TEXTS.explore);
  readonly #caption = h('p', { class: 'side-caption', 'aria-hidden': 'true' });
  readonly #mapElement = h('div', { class: 'map' });
  readonly #loading = new Loading(this.notice, {
    again: () => ({ label: TEXTS.retry, run: () => void this.figures.load() }),
    reset: () => ({
      label: TEXTS.reset,
      run: () => this.#shown && this.#events.onChange(defaultState(this.#shown.choropleth)),
    }),
  });
  #shown: Shown | undefined;
  #settings: Settings | undefined;
  #answer: { documents: Documents; theme: Theme; answer: Answer } | undefined;
  #drawn: { answer: Answer; base: StyleSpecification | undefined } | undefined;
  #pinned: LegendRow | undefined;

  constructor(where: Where, around: Surroundings, events: SideEvents) {
    this.#where = where;
    this.#around = around;
    this.#events = events;
    this.legend = new Legend(
      { onPoint: (row) => this.#highlight(row), onPin: (row) => this.#pin(row) },
      [],
      COMPARE_TEXTS.legendOf[where],
    );
    this.figures = new Figures({
      ...around,
      loading: this.#loading,
      notice: this.notice,
      current: () => this.#shown,
      onLoaded: () => {
        events.onLoaded();
        this.#periods.shown();
      },
      onDimensions: ({ dimensions }) => this.#settings?.offer(dimensions),
    });
    this.map = this.#makeMap();
    const { bar, card } = this.notice;
    this.frame = h('div', { class: `map-frame is-${where}` }, this.#mapElement, this.#caption, bar, card);
    const settings = closing(
      h(
        'details',
        { class: 'picker side-settings' },
        h('summary', { 'aria-label': COMPARE_TEXTS.settingsOf[where] }, TEXTS.settings),
        this.#settingsPlace,
      ),
    );
    this.head = h(
      'section',
      { class: `side-head is-${where}`, 'aria-label': COMPARE_TEXTS.mapOf[where] },
      h('h2', {}, COMPARE_TEXTS.sides[where]),
      this.#choice.element,
      settings,
      this.#alone,
      this.#periods.element,
    );
  }

  fill(list: readonly ListedChoropleth[]): void {
    this.#choice.fill(list);
  }

  /** Makes this what is shown; what it needs is loaded after that. */
  set(shown: Shown): void {
    const { choropleth, state } = shown;
    if (choropleth !== this.#shown?.choropleth) {
      this.#settings = new Settings(choropleth, this.#advice.element, (change) =>
        this.#events.onChange(change),
      );
      this.#settingsPlace.replaceChildren(this.#settings.element);
      this.#pinned = undefined;
    }
    this.#shown = shown;
    this.#choice.sync(choropleth.id);
    this.#settings?.sync(state);
    this.#periods.sync(choropleth, state);
    this.#alone.href = `./${toHash(state, choropleth)}`;
  }

  /** What has been loaded; the same object as long as that and the theme are the same. */
  answer(theme: Theme): Answer | undefined {
    const { documents } = this.figures;
    if (!documents || !this.#shown) return undefined;
    if (this.#answer?.documents !== documents || this.#answer.theme !== theme) {
      const answer = seenAs(toAnswer(this.#shown.choropleth, documents, theme), documents.view);
      this.#answer = { documents, theme, answer };
    }
    return this.#answer.answer;
  }

  /** Draws an answer of what has been loaded, at `camera` where one is given. */
  draw(answer: Answer, selected: string | undefined, camera: Camera | undefined): void {
    const { theme, style: base } = this.#around.base;
    const { documents } = this.figures;
    if (!documents || (answer === this.#drawn?.answer && base === this.#drawn.base)) return;
    this.#drawn = { answer, base };
    this.legend.draw(answer);
    this.#caption.textContent = captionOf(answer, this.#shown);
    const { parents, classes, geometry } = documents;
    this.#settings?.learn(
      parents,
      classes.classes.map(({ color }) => color),
    );
    if (this.#shown) void this.#advice.update(this.#shown.choropleth, this.#shown.state, classes.version);
    this.map?.show(
      pageStyle(answer, theme, { selected, marked: [] }, base),
      geometry,
      camera,
      colorsOf(answer),
    );
    if (this.#pinned) this.#pin(this.#pinned);
  }

  #pin(row: LegendRow | undefined): void {
    this.#pinned = row;
    this.legend.pin(row);
    this.#highlight(undefined);
  }

  /** What is pointed at goes before what is pinned. */
  #highlight(pointed: LegendRow | undefined): void {
    const row = pointed ?? this.#pinned;
    this.#events.onHighlight(row && regionsIn(this.#drawn?.answer, row));
  }

  #makeMap(): RegionMap | undefined {
    const { onHover, onSelect, onCamera, onMove } = this.#events;
    const onError = (): void => this.notice.tilesFailed(() => this.map?.reload());
    try {
      return new RegionMap(
        this.#mapElement,
        { onHover, onSelect, onCamera, onMove, onError },
        COMPARE_TEXTS.mapLabel[this.#where],
      );
    } catch {
      this.#mapElement.replaceChildren(
        h('p', { class: 'no-map' }, TEXTS.noWebGl, h('span', {}, TEXTS.noWebGlDetail)),
      );
      return undefined;
    }
  }
}

/** What a map in a swipe is known by: what differs between two is said first. */
function captionOf(answer: Answer, shown: Shown | undefined): string {
  const period = shown?.state.filters[shown.choropleth.time ?? ''];
  return [...(period ? [period.join(', ')] : []), nameOf(answer)].join(' · ');
}
