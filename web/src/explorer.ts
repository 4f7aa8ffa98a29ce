import { toAnswer, type Answer } from './answer.ts';
import {
  fetchDocuments,
  fetchLayers,
  fetchList,
  fetchTileJson,
  type Choropleth,
  type Documents,
  type Layer,
  type ListedChoropleth,
  type TileJson,
} from './api.ts';
import { AskPanel } from './ask/panel.ts';
import { Marks, shownSource, type Shown } from './ask/sources.ts';
import { compareLink } from './compare/link.ts';
import { h } from './dom.ts';
import { Crumbs, drilled } from './drill.ts';
import { FindBox } from './find/box.ts';
import { showFound } from './find/showing.ts';
import { Advice } from './histogram/advice.ts';
import { Loading } from './loading.ts';
import { BaseMap } from './map/base.ts';
import { News } from './news.ts';
import { Notice, type NoticeAction } from './notice.ts';
import { ChoroplethChoice, page } from './page.ts';
import { LayerList } from './panel/layer-list.ts';
import { PeriodBar } from './panel/period-bar.ts';
import { Settings } from './panel/settings.ts';
import { Picture } from './picture.ts';
import { allowed } from './rules.ts';
import {
  chooseChoropleth,
  defaultState,
  fromHash,
  toHash,
  wantedChoropleth,
  type Camera,
  type State,
} from './state.ts';
import { TakeDialog } from './take/dialog.ts';
import { linksOf } from './take/links.ts';
import { TEXTS } from './texts.ts';
import { seenAs } from './views/answer.ts';
import { pause } from './waiting.ts';

/** What is being shown or about to be. */
interface Current {
  choropleth: Choropleth;
  state: State;
}

/** Holds the state of the page: changes go in here, its parts are drawn from here. */
export class Explorer {
  readonly #notice = new Notice();
  readonly #take = new TakeDialog(
    () => this.#current && linksOf(this.#current.choropleth, this.#current.state),
  );
  readonly #picture = new Picture(
    {
      onSelect: (code) => this.#select(code),
      onDrill: (code) => this.#drill(code),
      onMove: (camera) => this.#remember(camera),
      onTilesFailed: () => this.#notice.tilesFailed(() => this.#picture.map?.reload()),
      onBreaks: (breaks) => this.#setBreaks(breaks),
    },
    [compareLink(() => this.#current), this.#take.button],
  );
  readonly #choice = new ChoroplethChoice((id) => this.#switchTo(id));
  readonly #crumbs = new Crumbs(() => {
    const { parent: _parent, scope: _scope, ...options } = this.#current?.state.options ?? {};
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
      if (this.#current) this.#picture.map?.mark(this.#marks.of(this.#current.state));
    },
  });
  readonly #find = new FindBox(
    (found) =>
      void showFound(found, {
        listed: () => this.#listed,
        state: () => this.#current?.state,
        switchTo: (id) => this.#switchTo(id),
        showRegionOf: (choropleth, state) => this.#showSource({ choropleth, state }),
        select: (code) => this.#select(code),
        zoomTo: (code) => this.#picture.map?.zoomTo(code),
        showLayer: (layer) => this.#showFoundLayer(layer),
        lookAt: (box) => this.#picture.map?.lookAt(box),
      }),
  );
  readonly #settingsPlace = h('div');
  readonly #news = new News((id) => {
    if (id === this.#current?.choropleth.id && !this.#loading.isGoing) void this.#catchUp();
  });
  readonly #loading = new Loading(this.#notice, {
    again: () => this.#again(),
    reset: () => this.#reset(),
  });
  readonly #base = new BaseMap(() => this.#draw());
  #listed: readonly ListedChoropleth[] = [];
  #current: Current | undefined;
  #settings: Settings | undefined;
  #documents: Documents | undefined;
  #answer: Answer | undefined;
  /** What is shown where there is no choropleth. */
  #plain: TileJson | undefined;

  constructor(root: HTMLElement) {
    const { card, bar, live } = this.#notice;
    const { mapElement, tooltip, legend, table, histogram } = this.#picture;
    root.replaceChildren(
      page(this.#choice, {
        map: mapElement,
        overMap: [tooltip.element, this.#crumbs.element, bar, card, this.#take.element],
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
      if (event.key === 'Escape' && this.#current?.state.region !== undefined) this.#select(undefined);
    });
  }

  /** Loads the list of choropleths and shows what the address asks for. */
  async start(): Promise<void> {
    void this.#ask.start();
    await this.#loading.attempt(async (signal) => {
      this.#listed = await fetchList(signal);
      this.#choice.fill(this.#listed);
      if (chooseChoropleth(this.#listed, undefined)) this.#followAddress();
      else await this.#offerLayers(signal);
    });
  }

  #followAddress(): void {
    const wanted = wantedChoropleth(location.hash);
    const choropleth = chooseChoropleth(this.#listed, wanted);
    if (!choropleth) return;
    const isOther = wanted !== undefined && choropleth.id !== wanted;
    const state = isOther ? defaultState(choropleth) : fromHash(location.hash, choropleth);
    this.#change({ choropleth, state });
    void this.#load(state.camera, isOther ? TEXTS.unknownChoropleth(wanted) : undefined);
  }

  /** What there is to see without a choropleth: the layers as they are. */
  async #offerLayers(signal: AbortSignal): Promise<void> {
    const [broken] = this.#listed;
    const why = broken && !broken.available ? `${broken.title}: ${broken.problem}` : TEXTS.noneConfigured;
    const layers = await fetchLayers(signal);
    const [first] = layers;
    if (!first) {
      this.#notice.show({ title: TEXTS.noneAvailable, detail: why, actions: [this.#again()] });
      return;
    }
    const list = new LayerList(layers, why, (layer) => {
      void this.#loading.attempt((choice) => this.#showLayer(layer, choice));
    });
    document.body.dataset.shows = 'layers';
    document.getElementById('regions')?.replaceWith(list.element);
    await this.#showLayer(first, signal);
  }

  async #showLayer(layer: Layer, signal: AbortSignal): Promise<void> {
    this.#plain = await this.#base.beside(fetchTileJson(layer, signal));
    this.#draw();
    this.#notice.done(TEXTS.loaded(layer.title ?? layer.id));
  }

  #switchTo(id: string): void {
    const choropleth = chooseChoropleth(this.#listed, id);
    if (!choropleth) return;
    // The region stays selected where the other choropleth has it too.
    const state = { ...defaultState(choropleth), region: this.#current?.state.region };
    history.pushState(null, '', toHash(state, choropleth));
    this.#change({ choropleth, state });
    void this.#load();
  }

  /** Shows what an answer was made from as it was asked for, with its region in view. */
  async #showSource({ choropleth, state }: Pick<Shown, 'choropleth' | 'state'>): Promise<void> {
    history.pushState(null, '', toHash(state, choropleth));
    this.#change({ choropleth, state });
    if ((await this.#load()) && state.region !== undefined) this.#picture.map?.zoomTo(state.region);
    document.querySelector('.map-frame')?.scrollIntoView({ block: 'nearest' }); // on a phone it is far up
  }

  /** Where there is a choropleth it stays, and the map moves to where the layer lies. */
  async #showFoundLayer(layer: Layer): Promise<void> {
    await this.#loading.attempt(async (signal) => {
      if (this.#current) this.#picture.map?.lookAt((await fetchTileJson(layer, signal)).bounds);
      else await this.#showLayer(layer, signal);
      this.#notice.done(TEXTS.loaded(layer.id));
    });
  }

  #set(change: Partial<State>): void {
    if (!this.#current) return;
    const { choropleth, state } = this.#current;
    this.#change({ choropleth, state: allowed({ ...state, ...change }, choropleth) });
    history.replaceState(null, '', toHash(this.#current.state, choropleth));
    const isMove = change.options !== undefined && change.options.parent !== state.options.parent;
    void this.#load().then(
      (isLoaded) => isLoaded && isMove && this.#picture.fit(change.options?.parent === undefined),
    );
  }

  /** Makes a state the current one; what it needs is loaded after that. */
  #change(next: Current): void {
    if (next.choropleth !== this.#current?.choropleth) {
      // The list is as old as the page.
      if (this.#current) void this.#updateFilters(next.choropleth);
      this.#settings = new Settings(next.choropleth, this.#advice.element, (change) => this.#set(change));
      this.#settingsPlace.replaceChildren(this.#settings.element);
    }
    this.#current = next;
    this.#choice.sync(next.choropleth.id);
    this.#settings?.sync(next.state);
    this.#periods.sync(next.choropleth, next.state);
  }

  /** Somebody moved a line between classes. */
  #setBreaks(breaks: readonly number[]): void {
    if (!this.#current) return;
    this.#set({ options: { ...this.#current.state.options, breaks: breaks.join() } });
  }

  /** True where a region that was pressed twice is looked into. */
  #drill(code: string): boolean {
    const region = this.#answer?.byCode.get(code);
    const change = region && this.#current && drilled(this.#current.choropleth, this.#current.state, region);
    if (change) this.#set(change);
    return change !== undefined;
  }

  #select(code: string | undefined): void {
    if (!this.#current) return;
    const { choropleth, state } = this.#current;
    this.#current = { choropleth, state: { ...state, region: code } };
    history.replaceState(null, '', toHash(this.#current.state, choropleth));
    this.#picture.select(code);
  }

  #remember(camera: Camera | undefined): void {
    if (!this.#current || !this.#answer) return;
    const { choropleth, state } = this.#current;
    this.#current = { choropleth, state: { ...state, camera } };
    history.replaceState(null, '', toHash(this.#current.state, choropleth));
  }

  /** Asks for the documents of the current state and draws them, at `camera` where one is given. True where they came. */
  async #load(camera?: Camera, remark?: string): Promise<boolean> {
    const isLoaded = await this.#loading.attempt(async (signal) => {
      if (!this.#current) return;
      const { choropleth, state } = this.#current;
      const version = this.#news.versionOf(choropleth.id);
      this.#documents = await this.#base.beside(fetchDocuments(choropleth, { state, version }, signal));
      this.#draw(camera);
      this.#notice.done(remark ?? TEXTS.loaded(choropleth.title));
    });
    if (isLoaded) void this.#catchUp();
    return isLoaded;
  }

  /** Where the server has newer values than are shown, shows them in their place. */
  async #catchUp(): Promise<void> {
    if (!this.#documents || !this.#current || this.#loading.isGoing) return;
    const { choropleth } = this.#current;
    const { id, version: shown } = this.#documents.classes;
    if (id !== choropleth.id) return; // loading the other one failed
    const pauseMs = this.#news.pauseBefore(id, shown);
    if (pauseMs === undefined) return;
    const isLoaded = await this.#loading.attempt(
      async (signal) => {
        if (pauseMs > 0) await pause(pauseMs, signal).done;
        if (!this.#current) return;
        const { state } = this.#current;
        const version = this.#news.versionOf(choropleth.id);
        this.#documents = await fetchDocuments(choropleth, { state, version }, signal);
        this.#draw();
        const isNew = this.#documents.classes.version !== shown;
        this.#notice.done(isNew ? TEXTS.refreshed(choropleth.title) : TEXTS.loaded(choropleth.title));
        if (isNew) void this.#updateFilters(choropleth);
      },
      { isQuiet: true },
    );
    if (isLoaded) await this.#catchUp();
  }

  /** Offers the values that the dimensions have by now. Where that fails those that are there go on being offered. */
  async #updateFilters(choropleth: Choropleth): Promise<void> {
    if (choropleth.dimensions.length === 0) return;
    const list = await fetchList(new AbortController().signal).catch(() => []);
    const newest = list.find(({ id }) => id === choropleth.id);
    if (!newest?.available) return;
    choropleth.dimensions = newest.dimensions;
    if (this.#current?.choropleth === choropleth) this.#settings?.offer(newest.dimensions);
  }

  #draw(camera?: Camera): void {
    const { theme, style: base } = this.#base;
    if (this.#plain) this.#picture.drawPlain(this.#plain, theme, base);
    if (!this.#documents || !this.#current) return;
    const { choropleth, state } = this.#current;
    const { geometry, view, parents, classes } = this.#documents;
    const answer = seenAs(toAnswer(choropleth, this.#documents, theme), view);
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
    this.#crumbs.draw(choropleth, state, parents);
    this.#periods.shown();
    this.#select(code);
  }

  #again(): NoticeAction {
    const run = (): void => void (this.#listed.length > 0 && this.#current ? this.#load() : this.start());
    return { label: TEXTS.retry, run };
  }

  #reset(): NoticeAction | undefined {
    if (!this.#current) return undefined;
    const { choropleth } = this.#current;
    return { label: TEXTS.reset, run: () => this.#set({ ...defaultState(choropleth) }) };
  }
}
