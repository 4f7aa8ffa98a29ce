import type { Theme } from '../../server/choropleth/color/index.ts';
import { toAnswer, type Answer } from './answer.ts';
import { AskPanel } from './ask/panel.ts';
import { Marks, shownSource, type Shown } from './ask/sources.ts';
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
import { h } from './dom.ts';
import { FindBox } from './find/box.ts';
import { regionSet, type Found } from './find/client.ts';
import { LayerList } from './panel/layer-list.ts';
import { Loading } from './loading.ts';
import { Legend } from './map/legend.ts';
import { pageStyle, plainStyle } from './map/map-style.ts';
import { News } from './news.ts';
import { Notice, type NoticeAction } from './notice.ts';
import { ChoroplethChoice, page } from './page.ts';
import { RegionCard } from './panel/region-card.ts';
import { RegionList } from './panel/region-list.ts';
import { RegionMap } from './map/region-map.ts';
import { Settings } from './panel/settings.ts';
import {
  allowed,
  chooseChoropleth,
  defaultState,
  fromHash,
  toHash,
  wantedChoropleth,
  type Camera,
  type State,
} from './state.ts';
import { TEXTS } from './texts.ts';
import { Tooltip } from './map/tooltip.ts';
import { pause } from './waiting.ts';

/** What is being shown or about to be. */
interface Current {
  choropleth: Choropleth;
  state: State;
}

/** Holds the state of the page: changes go in here, its parts are drawn from here. */
export class Explorer {
  readonly #notice = new Notice();
  readonly #legend = new Legend();
  readonly #tooltip = new Tooltip();
  readonly #choice = new ChoroplethChoice((id) => this.#switchTo(id));
  readonly #list = new RegionList((code) => this.#select(code));
  readonly #card = new RegionCard({
    onClose: () => this.#select(undefined),
    onZoom: (code) => this.#map?.zoomTo(code),
  });
  readonly #marks = new Marks();
  readonly #ask = new AskPanel({
    find: (source) => shownSource(source, this.#listed),
    onShow: (shown) => void this.#showSource(shown),
    onSources: (sources) => {
      this.#marks.set(sources);
      if (this.#current) this.#map?.mark(this.#marks.of(this.#current.state));
    },
  });
  readonly #find = new FindBox((found) => void this.#showFound(found));
  readonly #settingsPlace = h('div');
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #map: RegionMap | undefined;
  readonly #news = new News((id) => {
    if (id === this.#current?.choropleth.id && !this.#loading.isGoing) void this.#catchUp();
  });
  readonly #loading = new Loading(this.#notice, {
    again: () => this.#again(),
    reset: () => this.#reset(),
  });
  #listed: readonly ListedChoropleth[] = [];
  #current: Current | undefined;
  #settings: Settings | undefined;
  #documents: Documents | undefined;
  #answer: Answer | undefined;
  /** The layer that is shown where there is no choropleth. */
  #plain: TileJson | undefined;

  constructor(root: HTMLElement) {
    const mapElement = h('div', { class: 'map' });
    const { card, bar, live } = this.#notice;
    root.replaceChildren(
      page(this.#choice, {
        map: mapElement,
        overMap: [this.#tooltip.element, bar, card],
        card: this.#card.element,
        legend: this.#legend.element,
        find: this.#find.element,
        ask: this.#ask.element,
        settings: this.#settingsPlace,
        regions: this.#list.element,
        live,
      }),
    );
    this.#map = this.#makeMap(mapElement);
    this.#dark.addEventListener('change', () => this.#draw());
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

  #makeMap(container: HTMLElement): RegionMap | undefined {
    try {
      return new RegionMap(container, {
        onHover: (code, place) => this.#tooltip.draw(this.#answer, code, place),
        onSelect: (code) => this.#select(code),
        onMove: (camera) => this.#remember(camera),
        onError: () => this.#tilesFailed(),
      });
    } catch {
      container.replaceChildren(
        h('p', { class: 'no-map' }, TEXTS.noWebGl, h('span', {}, TEXTS.noWebGlDetail)),
      );
      return undefined;
    }
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
    this.#plain = await fetchTileJson(layer, signal);
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
    if ((await this.#load()) && state.region !== undefined) this.#map?.zoomTo(state.region);
    document.querySelector('.map-frame')?.scrollIntoView({ block: 'nearest' }); // on a phone it is far up
  }

  /** Brings what was found into view: a choropleth, a region on its own map, or just the place. */
  async #showFound(found: Found): Promise<void> {
    const { kind, code, bbox, centre } = found;
    if (kind === 'choropleth') return this.#switchTo(code ?? '');
    if (kind === 'layer') return this.#showFoundLayer(code ?? '');
    if (kind === 'region' && code !== undefined && (await this.#showRegion(regionSet(found), code))) return;
    const box = bbox ?? (centre && ([...centre, ...centre] as const));
    if (box) this.#map?.lookAt(box);
  }

  /** False where no choropleth has regions of the set. */
  async #showRegion(set: string, code: string): Promise<boolean> {
    if (this.#current?.state.level !== set) {
      const choropleth =
        this.#listed.find((one) => one.available && one.levels[0] === set) ??
        this.#listed.find((one) => one.available && one.levels.includes(set));
      if (!choropleth?.available) return false;
      const state = allowed({ ...defaultState(choropleth), level: set, region: code }, choropleth);
      if (state.level !== set) return false;
      await this.#showSource({ choropleth, state });
      return true;
    }
    this.#select(code);
    this.#map?.zoomTo(code);
    return true;
  }

  /** Where there is a choropleth it stays, and the map moves to where the layer lies. */
  async #showFoundLayer(id: string): Promise<void> {
    await this.#loading.attempt(async (signal) => {
      const layer: Layer = { id, tilejson: '' };
      if (this.#current) this.#map?.lookAt((await fetchTileJson(layer, signal)).bounds);
      else await this.#showLayer(layer, signal);
      this.#notice.done(TEXTS.loaded(id));
    });
  }

  #set(change: Partial<State>): void {
    if (!this.#current) return;
    const { choropleth, state } = this.#current;
    this.#change({ choropleth, state: allowed({ ...state, ...change }, choropleth) });
    history.replaceState(null, '', toHash(this.#current.state, choropleth));
    void this.#load();
  }

  /** Makes a state the current one; what it needs is loaded after that. */
  #change(next: Current): void {
    if (next.choropleth !== this.#current?.choropleth) {
      // The list is as old as the page.
      if (this.#current) void this.#updateFilters(next.choropleth);
      this.#settings = new Settings(next.choropleth, (change) => this.#set(change));
      this.#settingsPlace.replaceChildren(this.#settings.element);
    }
    this.#current = next;
    this.#choice.sync(next.choropleth.id);
    this.#settings?.sync(next.state);
  }

  #select(code: string | undefined): void {
    if (!this.#current) return;
    const { choropleth, state } = this.#current;
    this.#current = { choropleth, state: { ...state, region: code } };
    history.replaceState(null, '', toHash(this.#current.state, choropleth));
    this.#map?.select(code);
    this.#list.select(code);
    this.#card.draw(this.#answer, code);
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
      this.#documents = await fetchDocuments(choropleth, { state, version }, signal);
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
    const theme: Theme = this.#dark.matches ? 'dark' : 'light';
    if (this.#plain) this.#map?.show(plainStyle(this.#plain, theme), this.#plain.tiles.join(), undefined);
    if (!this.#documents || !this.#current) return;
    const { choropleth, state } = this.#current;
    const answer = toAnswer(choropleth, this.#documents, theme);
    const code = state.region !== undefined && answer.byCode.has(state.region) ? state.region : undefined;
    this.#answer = answer;
    document.title = `${answer.title} – ${TEXTS.product}`;
    this.#legend.draw(answer);
    this.#list.draw(answer);
    const style = pageStyle(answer, theme, { selected: code, marked: this.#marks.of(state) });
    this.#map?.show(style, this.#documents.geometry, camera);
    this.#select(code);
  }

  #tilesFailed(): void {
    const run = (): void => {
      this.#notice.card.hidden = true;
      this.#map?.reload();
    };
    this.#notice.show({ title: TEXTS.tilesFailed, actions: [{ label: TEXTS.retry, run }] });
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
