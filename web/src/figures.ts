import { fetchDocuments, fetchList, type Choropleth, type Documents } from './api.ts';
import type { Current } from './current.ts';
import type { Loading } from './loading.ts';
import type { BaseMap } from './map/base.ts';
import { News } from './news.ts';
import type { Notice } from './notice.ts';
import type { Camera } from './state.ts';
import { TEXTS } from './texts.ts';
import { pause } from './waiting.ts';

export interface FiguresOptions {
  loading: Loading;
  notice: Notice;
  base: BaseMap;
  /** Where several listen to one; whoever made it says what it tells. */
  news?: News;
  /** What the figures are wanted of. */
  current(): Current | undefined;
  /** They are there. */
  onLoaded(camera?: Camera): void;
  /** The dimensions of a choropleth may have other values by now. */
  onDimensions(choropleth: Choropleth): void;
}

/** The documents of what is shown: asked for, and followed when the server has newer ones. */
export class Figures {
  readonly #options: FiguresOptions;
  readonly #news: News;
  #documents: Documents | undefined;

  constructor(options: FiguresOptions) {
    this.#options = options;
    this.#news =
      options.news ??
      new News((id) => this.hear(id), {
        onAway: () => options.notice.tell(TEXTS.away, { stays: true }),
        onBack: () => options.notice.tell(TEXTS.back),
      });
  }

  /** The server has told of a choropleth. */
  hear(id: string): void {
    if (id === this.#options.current()?.choropleth.id && !this.#options.loading.isGoing) void this.#catchUp();
  }

  /** Of what was loaded last. */
  get documents(): Documents | undefined {
    return this.#documents;
  }

  /** Asks for the documents of the current state and has them drawn, at `camera` where one is given. True where they came. */
  async load(camera?: Camera, remark?: string): Promise<boolean> {
    const { loading, notice, base, current, onLoaded } = this.#options;
    const isLoaded = await loading.attempt(async (signal) => {
      const wanted = current();
      if (!wanted) return;
      this.#documents = await base.beside(this.#fetch(wanted, signal));
      onLoaded(camera);
      notice.done(remark ?? TEXTS.loaded(wanted.choropleth.title));
    });
    if (isLoaded) void this.#catchUp();
    return isLoaded;
  }

  /** Offers the values that the dimensions have by now. Where that fails those that are there go on being offered. */
  async updateFilters(choropleth: Choropleth): Promise<void> {
    if (choropleth.dimensions.length === 0) return;
    const list = await fetchList(new AbortController().signal).catch(() => []);
    const newest = list.find(({ id }) => id === choropleth.id);
    if (!newest?.available) return;
    choropleth.dimensions = newest.dimensions;
    this.#options.onDimensions(choropleth);
  }

  /** Where the server has newer values than are shown, shows them in their place. */
  async #catchUp(): Promise<void> {
    const { loading, current, onLoaded } = this.#options;
    const wanted = current();
    if (!this.#documents || !wanted || loading.isGoing) return;
    const { choropleth } = wanted;
    const { id, version: shown } = this.#documents.classes;
    if (id !== choropleth.id) return; // loading the other one failed
    const pauseMs = this.#news.pauseBefore(id, shown);
    if (pauseMs === undefined) return;
    const isLoaded = await loading.attempt(
      async (signal) => {
        if (pauseMs > 0) await pause(pauseMs, signal).done;
        const now = current();
        if (!now) return;
        this.#documents = await this.#fetch(now, signal);
        onLoaded();
        this.#tell(choropleth, shown, this.#documents.classes.version);
      },
      { isQuiet: true },
    );
    if (isLoaded) await this.#catchUp();
  }

  #tell(choropleth: Choropleth, shown: string, version: string): void {
    const isNew = version !== shown;
    this.#options.notice.done(isNew ? TEXTS.refreshed(choropleth.title) : TEXTS.loaded(choropleth.title));
    if (!isNew) return;
    this.#options.notice.tell(TEXTS.refreshed(choropleth.title));
    void this.updateFilters(choropleth);
  }

  #fetch({ choropleth, state }: Current, signal: AbortSignal): Promise<Documents> {
    return fetchDocuments(choropleth, { state, version: this.#news.versionOf(choropleth.id) }, signal);
  }
}
