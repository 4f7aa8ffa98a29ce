import type { StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';
import { toAnswer, type Answer } from '../answer.ts';
import { fetchDocuments, type Documents, type ListedChoropleth } from '../api.ts';
import { h } from '../dom.ts';
import { Advice } from '../histogram/advice.ts';
import { Loading } from '../loading.ts';
import type { BaseMap } from '../map/base.ts';
import { Legend, regionsIn, type LegendRow } from '../map/legend.ts';
import { pageStyle } from '../map/map-style.ts';
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
import { pause } from '../waiting.ts';
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
    again: () => ({ label: TEXTS.retry, run: () => void this.load() }),
    reset: () => ({
      label: TEXTS.reset,
      run: () => this.#shown && this.#events.onChange(defaultState(this.#shown.choropleth)),
    }),
  });
  #shown: Shown | undefined;
  #settings: Settings | undefined;
  #documents: Documents | undefined;
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

  /** Asks for the documents of what is shown. */
  async load(): Promise<void> {
    const isLoaded = await this.#loading.attempt((signal) => this.#fetch(signal));
    if (isLoaded) await this.catchUp();
  }

  /** Where the server has newer values than are shown, shows them in their place. */
  async catchUp(): Promise<void> {
    if (!this.#documents || !this.#shown || this.#loading.isGoing) return;
    const { id, version } = this.#documents.classes;
    const pauseMs = id === this.#shown.choropleth.id && this.#around.news.pauseBefore(id, version);
    if (typeof pauseMs !== 'number') return;
    const isLoaded = await this.#loading.attempt(
      async (signal) => {
        if (pauseMs > 0) await pause(pauseMs, signal).done;
        await this.#fetch(signal);
      },
      { isQuiet: true },
    );
    if (isLoaded) await this.catchUp();
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    if (!this.#shown) return;
    const { choropleth, state } = this.#shown;
    const { base, news } = this.#around;
    const asked = fetchDocuments(choropleth, { state, version: news.versionOf(choropleth.id) }, signal);
    const before = this.#documents?.classes;
    this.#documents = await base.beside(asked);
    const { id, version } = this.#documents.classes;
    const isNews = before?.id === id && before.version !== version;
    this.#events.onLoaded();
    this.notice.done((isNews ? TEXTS.refreshed : TEXTS.loaded)(choropleth.title));
    this.#periods.shown();
  }

  /** What has been loaded; the same object as long as that and the theme are the same. */
  answer(theme: Theme): Answer | undefined {
    const documents = this.#documents;
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
    if (!this.#documents || (answer === this.#drawn?.answer && base === this.#drawn.base)) return;
    this.#drawn = { answer, base };
    this.legend.draw(answer);
    this.#caption.textContent = captionOf(answer, this.#shown);
    const { parents, classes, geometry } = this.#documents;
    this.#settings?.learn(
      parents,
      classes.classes.map(({ color }) => color),
    );
    if (this.#shown) void this.#advice.update(this.#shown.choropleth, this.#shown.state, classes.version);
    this.map?.show(pageStyle(answer, theme, { selected, marked: [] }, base), geometry, camera);
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
