import { toAnswer, type Answer } from '../answer.ts';
import { fetchDocumentsOf, type Documents } from '../api.ts';
import { h } from '../dom.ts';
import { Loading } from '../loading.ts';
import { BaseMap } from '../map/base.ts';
import { Legend, regionsIn, type LegendRow } from '../map/legend.ts';
import { colorsOf, pageStyle } from '../map/map-style.ts';
import { RegionMap } from '../map/region-map.ts';
import { Tooltip } from '../map/tooltip.ts';
import { Notice } from '../notice.ts';
import { RegionTable } from '../table/region-table.ts';
import { TEXTS } from '../texts.ts';
import { EMBED_TEXTS } from './texts.ts';

/** One choropleth in a frame, as its address says: `/embed/{id}?…`. It opens no connection that stays. */
export class EmbeddedMap {
  readonly #id: string;
  readonly #query: URLSearchParams;
  readonly #notice = new Notice();
  readonly #legend = new Legend({
    onPoint: (row) => this.#map?.highlight(row && regionsIn(this.#answer, row)),
    onPin: (row) => this.#limit(row),
  });
  readonly #tooltip = new Tooltip();
  readonly #list = new RegionTable({
    onSelect: (code) => {
      this.#select(code);
      this.#map?.view.reveal(code);
    },
    onHover: (code) => this.#map?.point(code),
    onShowAll: () => this.#limit(undefined),
  });
  readonly #map: RegionMap | undefined;
  readonly #loading = new Loading(this.#notice, {
    again: () => ({ label: TEXTS.retry, run: () => void this.start() }),
    reset: () => undefined,
  });
  readonly #base = new BaseMap(
    () => this.#draw(),
    (world) => this.#map?.under(world),
  );
  #documents: Documents | undefined;
  #answer: Answer | undefined;

  constructor(root: HTMLElement, { pathname, search }: Pick<Location, 'pathname' | 'search'>) {
    this.#id = decodeURIComponent(pathname.split('/').at(-1) ?? '');
    this.#query = new URLSearchParams(search);
    const mapElement = h('div', { class: 'map' });
    const { card, bar, live } = this.#notice;
    const id = encodeURIComponent(this.#id);
    root.replaceChildren(
      h(
        'main',
        { class: 'embed' },
        h('div', { class: 'map-frame' }, mapElement, this.#tooltip.element, bar, card),
        this.#legend.element,
        h('details', {}, h('summary', {}, EMBED_TEXTS.values), this.#list.element),
        h(
          'p',
          { class: 'links' },
          outside(`gis/choropleth/${id}/table.html${search}`, EMBED_TEXTS.table),
          outside(`./#/${id}${search}`, EMBED_TEXTS.explorer),
        ),
        live,
      ),
    );
    this.#map = this.#makeMap(mapElement);
  }

  async start(): Promise<void> {
    await this.#loading.attempt(async (signal) => {
      this.#documents = await this.#base.beside(fetchDocumentsOf(this.#id, this.#query, signal));
      this.#draw();
      this.#notice.done(TEXTS.loaded(this.#documents.classes.title));
    });
  }

  #makeMap(container: HTMLElement): RegionMap | undefined {
    try {
      return new RegionMap(container, {
        onHover: (code, place) => this.#tooltip.draw(this.#answer, code, place),
        onSelect: (code) => this.#select(code),
        onMove: () => undefined,
        onError: () => this.#notice.tilesFailed(() => this.#map?.reload()),
      });
    } catch {
      container.replaceChildren(
        h('p', { class: 'no-map' }, TEXTS.noWebGl, h('span', {}, TEXTS.noWebGlDetail)),
      );
      return undefined;
    }
  }

  #draw(): void {
    if (!this.#documents) return;
    const { theme, style: base } = this.#base;
    const answer = toAnswer({ id: this.#id }, this.#documents, theme);
    this.#answer = answer;
    document.title = answer.title;
    this.#legend.draw(answer);
    this.#list.draw(answer);
    const style = pageStyle(answer, theme, { selected: undefined, marked: [] }, base);
    this.#map?.show(style, this.#documents.geometry, undefined, colorsOf(answer));
  }

  #limit(row: LegendRow | undefined): void {
    this.#legend.pin(row);
    this.#list.limit({ classId: row?.classId, status: row?.status, label: row?.label ?? '' });
  }

  #select(code: string | undefined): void {
    this.#map?.select(code);
    this.#list.select(code);
  }
}

/** Opens beside the page that holds the frame: within the frame there is no room for it. */
function outside(href: string, text: string): HTMLElement {
  return h('a', { href, target: '_blank', rel: 'noopener' }, text);
}
