import type { Feature } from 'geojson';
import { ApiError } from '../api.ts';
import { h } from '../dom.ts';
import { FindBox } from '../find/box.ts';
import { showFound } from '../find/showing.ts';
import { LANGUAGE } from '../language.ts';
import { Loading } from '../loading.ts';
import { BaseMap } from '../map/base.ts';
import { Notice, type NoticeAction } from '../notice.ts';
import { mapBar } from '../site.ts';
import { TEXTS } from '../texts.ts';
import { fromHash, toHash, type LayersState } from './address.ts';
import {
  fetchExamples,
  fetchLayers,
  fetchNoChoropleth,
  fetchStatistics,
  fetchTiles,
  type LayerTiles,
  type Listed,
} from './client.ts';
import { Examples } from './examples.ts';
import { FieldList } from './field-list.ts';
import { asDrawn, bestField, fieldsOf, statisticsOf, type Field, type LayerStatistics } from './fields.ts';
import { LayerMap } from './layer-map.ts';
import { LayerLegend } from './legend.ts';
import { LayerList } from './list.ts';
import { paintBy } from './paint.ts';
import { layerStyle } from './style.ts';
import { TileDialog } from './tile-dialog.ts';
import { numberText, SAID } from './texts.ts';

/** Layers without rows that are passed by where none is asked for. */
const MOST_EMPTY = 5;

/** What is shown, as the server told of it. */
interface Shown {
  layer: Listed;
  tiles: LayerTiles;
  statistics: LayerStatistics | undefined;
  fields: Field[];
}

/** Layers of a database with what is in them: the state is in the address, and its parts are drawn from it. */
export class LayersPage {
  readonly #root: HTMLElement;
  readonly #notice = new Notice();
  readonly #loading = new Loading(this.#notice, { again: () => this.#again(), reset: () => undefined });
  readonly #base = new BaseMap(() => this.#draw());
  readonly #map = new LayerMap({
    onMove: (camera) => this.#set({ camera }),
    onTilesFailed: () => this.#notice.tilesFailed(() => this.#map.reload()),
    onOpenTile: (tile) => this.#shown && void this.#dialog.open(this.#shown.tiles, tile),
  });
  readonly #dialog = new TileDialog();
  readonly #list = new LayerList((id) => this.#choose(id));
  readonly #fields = new FieldList((change) => void this.#paint(change));
  readonly #examples = new Examples((box) => this.#map.lookAt(box));
  readonly #toggle = h(
    'button',
    { type: 'button', class: 'button small', 'aria-pressed': 'false', onclick: () => this.#showTiles() },
    SAID.tiles,
  );
  readonly #legend = new LayerLegend([this.#toggle]);
  readonly #why = h('p', { class: 'layer-note', hidden: true });
  #layers: readonly Listed[] = [];
  #state: LayersState = fromHash(location.hash);
  #shown: Shown | undefined;
  #drawn: string | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    addEventListener('popstate', () => void this.#follow());
  }

  async start(): Promise<void> {
    document.documentElement.lang = LANGUAGE;
    document.title = `${SAID.title} – ${TEXTS.product}`;
    this.#root.replaceChildren(this.#page());
    void this.#tellWhy();
    const isLoaded = await this.#loading.attempt(async (signal) => {
      this.#layers = await fetchLayers(signal);
      this.#list.fill(this.#layers);
      this.#notice.done('');
    });
    if (isLoaded) await this.#follow();
  }

  /** Shows what the address asks for. */
  async #follow(): Promise<void> {
    this.#state = fromHash(location.hash);
    const served = this.#layers.filter(({ servable }) => servable);
    const wanted = served.find(({ id }) => id === this.#state.layer);
    if (served.length === 0) {
      this.#notice.show({ title: SAID.none, detail: SAID.noneDetail, actions: [this.#again()] });
      return;
    }
    const { layer: asked, tiles } = this.#state;
    const remark = asked !== undefined && !wanted ? SAID.unknown(asked) : undefined;
    if (wanted) return this.#load(wanted);
    for (const each of served.slice(0, MOST_EMPTY)) {
      this.#state = { ...fromHash(''), layer: each.id, tiles };
      await this.#load(each, remark);
      if (this.#shown?.statistics?.rows !== 0) return; // a table without rows shows nobody anything
    }
  }

  #choose(id: string): void {
    const layer = this.#layers.find((each) => each.id === id && each.servable);
    if (!layer) return;
    const { method, classes, scheme, reverse, tiles } = this.#state;
    this.#state = {
      layer: id,
      column: undefined,
      method,
      classes,
      scheme,
      reverse,
      tiles,
      camera: undefined,
    };
    history.pushState(null, '', toHash(this.#state));
    void this.#load(layer);
  }

  async #load(layer: Listed, remark?: string): Promise<void> {
    await this.#loading.attempt(async (signal) => {
      this.#list.choose(layer.id);
      const isTable = layer.features !== undefined;
      const examples = isTable
        ? fetchExamples(layer.id, signal).catch(absent(signal, [] as Feature[]))
        : undefined;
      const told = isTable ? fetchStatistics(layer.id, signal).catch(absent(signal, undefined)) : undefined;
      const [tiles, statistics] = await this.#base.beside(Promise.all([fetchTiles(layer.id, signal), told]));
      const known = fieldsOf(
        Object.assign({}, ...(tiles.vector_layers ?? []).map((each) => each.fields)) as Record<
          string,
          string
        >,
        statistics,
      );
      const fields = layer.pyramid?.below === undefined ? known : asDrawn(known);
      this.#shown = { layer, tiles, statistics, fields };
      this.#draw();
      this.#notice.done(remark ?? TEXTS.loaded(layer.title));
      // Rows of large geometries take longer than the map.
      this.#examples.draw(await examples);
      if (fields.some(({ isInTiles, statistics: own }) => isInTiles && !own)) await this.#look();
    });
  }

  /** Colours, and what is chosen for them. */
  async #paint(change: Partial<LayersState>): Promise<void> {
    this.#set(change);
    this.#draw();
    if (this.#field() && !this.#field()?.statistics) await this.#look();
  }

  /** What only tiles have is known from those that are there. */
  async #look(): Promise<void> {
    const shown = this.#shown;
    if (!shown) return;
    const features = await this.#map.drawn();
    const fields = shown.fields.map((field): Field => {
      const drawn = statisticsOf(field.name, features);
      const told = shown.statistics?.columns.find(({ name }) => name === field.name);
      return field.statistics ? field : { ...field, statistics: drawn.present > 0 ? drawn : (told ?? drawn) };
    });
    if (shown === this.#shown) this.#shown = { ...shown, fields };
    this.#draw();
  }

  #showTiles(): void {
    this.#set({ tiles: !this.#state.tiles });
    this.#toggle.setAttribute('aria-pressed', String(this.#state.tiles));
    this.#map.grid?.show(this.#state.tiles, this.#shown?.tiles);
  }

  #set(change: Partial<LayersState>): void {
    if (!this.#shown) return;
    this.#state = { ...this.#state, layer: this.#shown.layer.id, ...change };
    history.replaceState(null, '', toHash(this.#state));
  }

  /** The one that the map is coloured by: what the address says, else the most telling one. */
  #field(): Field | undefined {
    const { column } = this.#state;
    const fields = this.#shown?.fields ?? [];
    if (column === undefined) return bestField(fields);
    return fields.find(({ name, isInTiles }) => name === column && isInTiles);
  }

  #draw(): void {
    const shown = this.#shown;
    if (!shown) return;
    const { layer, tiles, fields, statistics } = shown;
    const { theme, style: base } = this.#base;
    const field = this.#field();
    const painted = field && paintBy(field, this.#state, theme, { other: SAID.other, missing: SAID.noValue });
    const isOther = this.#drawn !== layer.id;
    this.#drawn = layer.id;
    document.title = `${layer.title} – ${TEXTS.product}`;
    const rows = numberText(statistics?.rows ?? 0);
    const note = statistics ? (statistics.sampled ? SAID.sampled(rows) : SAID.all(rows)) : '';
    this.#fields.draw(fields, note, field, this.#state);
    this.#legend.draw(layer, field, painted);
    const camera = isOther ? this.#state.camera : undefined;
    this.#map.show(tiles, layerStyle(tiles, theme, { base, color: painted?.color }), { camera, isOther });
    this.#toggle.setAttribute('aria-pressed', String(this.#state.tiles));
    this.#map.grid?.show(this.#state.tiles, tiles);
  }

  /** On a database without choropleths the explorer leads here. */
  async #tellWhy(): Promise<void> {
    const none = await fetchNoChoropleth(new AbortController().signal).catch(() => undefined);
    this.#why.hidden = !none;
    this.#why.textContent = none ? [SAID.noChoropleth, none.problem].filter(Boolean).join(' ') : '';
  }

  #again(): NoticeAction {
    return { label: TEXTS.retry, run: () => void this.start() };
  }

  #page(): HTMLElement {
    const { card, bar, live } = this.#notice;
    const find = new FindBox((found) => {
      void showFound(found, {
        listed: () => [],
        state: () => undefined,
        switchTo: (id) => location.assign(`./#/${encodeURIComponent(id)}`),
        showRegionOf: () => Promise.resolve(),
        select: () => undefined,
        zoomTo: () => undefined,
        showLayer: ({ id }) => Promise.resolve(this.#choose(id)),
        lookAt: (box) => this.#map.lookAt(box),
      });
    });
    const skip = (event: Event): void => {
      event.preventDefault();
      this.#list.element.focus();
    };
    const grid = this.#map.grid ? [this.#map.grid.element] : [];
    return h(
      'div',
      { class: 'page layers-page' },
      h('a', { class: 'skip', href: '#layers', onclick: skip }, SAID.skip),
      mapBar('layers', find.element),
      h(
        'main',
        { class: 'stage' },
        h('div', { class: 'map-frame' }, this.#map.element, ...grid, this.#map.tooltip, bar, card),
        this.#map.card,
        h('div', { class: 'reading' }, this.#legend.element),
        this.#examples.element,
        this.#dialog.element,
      ),
      h(
        'aside',
        { class: 'side', 'aria-label': SAID.layers },
        this.#why,
        this.#list.element,
        this.#fields.element,
      ),
      live,
    );
  }
}

/** What stands for an answer that did not come: a part of the page that is not there must not take the map with it. */
const absent =
  <T>(signal: AbortSignal, value: T) =>
  (error: unknown): T => {
    if (signal.aborted || !(error instanceof ApiError) || error.status === 503 || error.status === 0)
      throw error;
    return value;
  };
