import { toAnswer, type Answer } from './answer.ts';
import { fetchList, fetchTileJson, type Choropleth, type Layer, type ListedChoropleth } from './api.ts';
import { AskPanel } from './ask/panel.ts';
import { Marks, shownSource, type Shown } from './ask/sources.ts';
import { compareLink } from './compare/link.ts';
import { CurrentMap, type Current } from './current.ts';
import { h } from './dom.ts';
import { Crumbs, drilled } from './drill.ts';
import { Figures } from './figures.ts';
import { FindBox } from './find/box.ts';
import { showFound } from './find/showing.ts';
import { Advice } from './histogram/advice.ts';
import { Loading } from './loading.ts';
import { BaseMap } from './map/base.ts';
import { Notice, type NoticeAction } from './notice.ts';
import { ChoroplethChoice, page } from './page.ts';
import { PeriodBar } from './panel/period-bar.ts';
import { Settings } from './panel/settings.ts';
import { Picture } from './picture.ts';
import { allowed } from './rules.ts';
import {
  chooseChoropleth,
  defaultState,
  fromHash,
  wantedChoropleth,
  type Camera,
  type State,
} from './state.ts';
import { TakeDialog } from './take/dialog.ts';
import { linksOf } from './take/links.ts';
import { TEXTS } from './texts.ts';
import { seenAs } from './views/answer.ts';

/** Holds the state of the page: changes go in here, its parts are drawn from here. */
export class Explorer {
  readonly #current = new CurrentMap();
  readonly #notice = new Notice();
  readonly #take = new TakeDialog(() => {
    const current = this.#current.value;
    return current && linksOf(current.choropleth, current.state);
  });
  readonly #picture = new Picture(
    {
      onSelect: (code) => this.#select(code),
      onDrill: (code) => this.#drill(code),
      onMove: (camera) => this.#remember(camera),
      onTilesFailed: () => this.#notice.tilesFailed(() => this.#picture.map?.reload()),
      onBreaks: (breaks) => this.#setBreaks(breaks),
    },
    [compareLink(() => this.#current.value), this.#take.button],
  );
  readonly #choice = new ChoroplethChoice((id) => this.#switchTo(id));
  readonly #crumbs = new Crumbs(() => {
    const { parent: _parent, scope: _scope, ...options } = this.#current.value?.state.options ?? {};
    this.#set({ options, camera: undefined });
  });
  readonly #periods = new PeriodBar((change) => this.#set(change));
  readonly #advice = new Advice((change) => this.#set(change));
  readonly #marks = new Marks();
  readonly #ask = new AskPanel({
    find: (source) => shownSource(source, this.#listed),
    onShow: (shown) => void this.#showSource(shown),
    onSources: (sources) => {
      this.#marks.set(sources);
      const current = this.#current.value;
      if (current) this.#picture.map?.mark(this.#marks.of(current.state));
    },
  });
  readonly #find = new FindBox(
    (found) =>
      void showFound(found, {
        listed: () => this.#listed,
        state: () => this.#current.value?.state,
        switchTo: (id) => this.#switchTo(id),
        showRegionOf: (choropleth, state) => this.#showSource({ choropleth, state }),
        select: (code) => this.#select(code),
        zoomTo: (code) => this.#picture.map?.view.zoomTo(code),
        showLayer: (layer) => this.#showFoundLayer(layer),
        lookAt: (box) => this.#picture.map?.view.lookAt(box),
      }),
  );
  readonly #settingsPlace = h('div');
  readonly #loading = new Loading(this.#notice, {
    again: () => this.#again(),
    reset: () => this.#reset(),
  });
  readonly #base = new BaseMap(
    () => this.#draw(),
    (world) => this.#picture.map?.under(world),
  );
  readonly #figures = new Figures({
    loading: this.#loading,
    notice: this.#notice,
    base: this.#base,
    current: () => this.#current.value,
    onLoaded: (camera) => this.#draw(camera),
    onDimensions: (choropleth) => {
      if (this.#current.value?.choropleth === choropleth) this.#settings?.offer(choropleth.dimensions);
    },
  });
  #listed: readonly ListedChoropleth[] = [];
  #settings: Settings | undefined;
  /** What the settings are of. */
  #controlled: Choropleth | undefined;
  #answer: Answer | undefined;

  constructor(root: HTMLElement) {
    const { card, bar, live, quiet } = this.#notice;
    const { mapElement, far, tooltip, legend, table, histogram } = this.#picture;
    root.replaceChildren(
      page(this.#choice, {
        map: mapElement,
        overMap: [far.element, tooltip.element, this.#crumbs.element, bar, quiet, card, this.#take.element],
        card: this.#picture.card.element,
        periods: this.#periods.element,
        legend: legend.element,
        find: this.#find.element,
        ask: this.#ask.element,
        distribution: histogram.element,
        settings: this.#settingsPlace,
        regions: table.element,
        live,
      }),
    );
    addEventListener('popstate', () => this.#followAddress());
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#current.value?.state.region !== undefined) this.#select(undefined);
    });
  }

  /** Loads the list of choropleths and shows what the address asks for. */
  async start(): Promise<void> {
    void this.#ask.start();
    await this.#loading.attempt(async (signal) => {
      this.#listed = await fetchList(signal);
      this.#choice.fill(this.#listed);
      if (chooseChoropleth(this.#listed, undefined)) this.#followAddress();
      else location.replace(`layers${location.search}`); // what there is without figures
    });
  }

  #followAddress(): void {
    const wanted = wantedChoropleth(location.hash);
    const choropleth = chooseChoropleth(this.#listed, wanted);
    if (!choropleth) return;
    const isOther = wanted !== undefined && choropleth.id !== wanted;
    const state = isOther ? defaultState(choropleth) : fromHash(location.hash, choropleth);
    this.#current.follow({ choropleth, state });
    this.#change();
    void this.#figures.load(state.camera, isOther ? TEXTS.unknownChoropleth(wanted) : undefined);
  }

  #switchTo(id: string): void {
    const choropleth = chooseChoropleth(this.#listed, id);
    if (!choropleth) return;
    // The region stays selected where the other choropleth has it too.
    const state = { ...defaultState(choropleth), region: this.#current.value?.state.region };
    this.#enter({ choropleth, state });
    void this.#figures.load();
  }

  /** Shows what an answer was made from as it was asked for, with its region in view. */
  async #showSource({ choropleth, state }: Pick<Shown, 'choropleth' | 'state'>): Promise<void> {
    this.#enter({ choropleth, state });
    if ((await this.#figures.load()) && state.region !== undefined)
      this.#picture.map?.view.zoomTo(state.region);
    document.querySelector('.map-frame')?.scrollIntoView({ block: 'nearest' }); // on a phone it is far up
  }

  /** The choropleth stays, and the map moves to where the layer lies. */
  async #showFoundLayer(layer: Layer): Promise<void> {
    await this.#loading.attempt(async (signal) => {
      this.#picture.map?.view.lookAt((await fetchTileJson(layer, signal)).bounds);
      this.#notice.done(TEXTS.loaded(layer.id));
    });
  }

  #set(change: Partial<State>): void {
    const current = this.#current.value;
    if (!current) return;
    const { choropleth, state } = current;
    this.#current.replace({ choropleth, state: allowed({ ...state, ...change }, choropleth) });
    this.#change();
    const isMove = change.options !== undefined && change.options.parent !== state.options.parent;
    void this.#figures
      .load()
      .then((isLoaded) => isLoaded && isMove && this.#picture.fit(change.options?.parent === undefined));
  }

  #enter(next: Current): void {
    this.#current.enter(next);
    this.#change();
  }

  /** The controls say what is current; what it needs is loaded after that. */
  #change(): void {
    const current = this.#current.value;
    if (!current) return;
    const { choropleth, state } = current;
    if (choropleth !== this.#controlled) {
      // The list is as old as the page.
      if (this.#controlled) void this.#figures.updateFilters(choropleth);
      this.#controlled = choropleth;
      this.#settings = new Settings(choropleth, this.#advice.element, (change) => this.#set(change));
      this.#settingsPlace.replaceChildren(this.#settings.element);
    }
    this.#choice.sync(choropleth.id);
    this.#settings?.sync(state);
    this.#periods.sync(choropleth, state);
  }

  /** Somebody moved a line between classes. */
  #setBreaks(breaks: readonly number[]): void {
    const current = this.#current.value;
    if (current) this.#set({ options: { ...current.state.options, breaks: breaks.join() } });
  }

  /** True where a region that was pressed twice is looked into. */
  #drill(code: string): boolean {
    const region = this.#answer?.byCode.get(code);
    const current = this.#current.value;
    const change = region && current && drilled(current.choropleth, current.state, region);
    if (change) this.#set(change);
    return change !== undefined;
  }

  #select(code: string | undefined): void {
    const current = this.#current.value;
    if (!current) return;
    this.#current.replace({ ...current, state: { ...current.state, region: code } });
    this.#picture.select(code);
  }

  #remember(camera: Camera | undefined): void {
    const current = this.#current.value;
    if (current && this.#answer) this.#current.replace({ ...current, state: { ...current.state, camera } });
  }

  #draw(camera?: Camera): void {
    const { theme, style: base } = this.#base;
    const current = this.#current.value;
    const { documents } = this.#figures;
    if (!documents || !current) return;
    const { choropleth, state } = current;
    const { geometry, view, parents, classes } = documents;
    const answer = seenAs(toAnswer(choropleth, documents, theme), view);
    const code = state.region !== undefined && answer.byCode.has(state.region) ? state.region : undefined;
    this.#answer = answer;
    document.title = `${answer.title} – ${TEXTS.product}`;
    this.#picture.draw(answer, {
      theme,
      base,
      geometry,
      camera,
      selected: code,
      marked: this.#marks.of(state),
      isMovable: state.view === 'classes',
    });
    this.#settings?.learn(
      parents,
      classes.classes.map(({ color }) => color),
    );
    void this.#advice.update(choropleth, state, classes.version);
    void this.#picture.far.update(choropleth, state);
    this.#crumbs.draw(choropleth, state, parents);
    this.#periods.shown();
    this.#select(code);
  }

  #again(): NoticeAction {
    const run = (): void =>
      void (this.#listed.length > 0 && this.#current.value ? this.#figures.load() : this.start());
    return { label: TEXTS.retry, run };
  }

  #reset(): NoticeAction | undefined {
    const choropleth = this.#current.value?.choropleth;
    return choropleth && { label: TEXTS.reset, run: () => this.#set({ ...defaultState(choropleth) }) };
  }
}
