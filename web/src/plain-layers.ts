import { fetchLayers, fetchTileJson, type Layer, type ListedChoropleth, type TileJson } from './api.ts';
import type { Loading } from './loading.ts';
import type { BaseMap } from './map/base.ts';
import type { Notice, NoticeAction } from './notice.ts';
import { LayerList } from './panel/layer-list.ts';
import { TEXTS } from './texts.ts';

export interface PlainLayersOptions {
  loading: Loading;
  notice: Notice;
  base: BaseMap;
  again(): NoticeAction;
  draw(layer: TileJson): void;
}

/** What there is to see without a choropleth: the layers as they are. */
export class PlainLayers {
  readonly #options: PlainLayersOptions;
  #shown: TileJson | undefined;

  constructor(options: PlainLayersOptions) {
    this.#options = options;
  }

  /** Offers all of them in place of the regions, and shows the first. */
  async offer(listed: readonly ListedChoropleth[], signal: AbortSignal): Promise<void> {
    const { loading, notice, again } = this.#options;
    const [broken] = listed;
    const why = broken && !broken.available ? `${broken.title}: ${broken.problem}` : TEXTS.noneConfigured;
    const layers = await fetchLayers(signal);
    const [first] = layers;
    if (!first) {
      notice.show({ title: TEXTS.noneAvailable, detail: why, actions: [again()] });
      return;
    }
    const list = new LayerList(layers, why, (layer) => {
      void loading.attempt((choice) => this.show(layer, choice));
    });
    document.body.dataset.shows = 'layers';
    document.getElementById('regions')?.replaceWith(list.element);
    await this.show(first, signal);
  }

  async show(layer: Layer, signal: AbortSignal): Promise<void> {
    const { notice, base } = this.#options;
    this.#shown = await base.beside(fetchTileJson(layer, signal));
    this.draw();
    notice.done(TEXTS.loaded(layer.title ?? layer.id));
  }

  /** Again, where one is shown: the theme has become another. */
  draw(): void {
    if (this.#shown) this.#options.draw(this.#shown);
  }
}
