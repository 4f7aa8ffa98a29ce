import { h } from '../dom.ts';
import { Boundaries } from './boundaries.ts';
import type { Draft, Preview, Sources, StudioClient } from './client.ts';
import { Figures } from './figures.ts';
import { DraftMap } from './map.ts';
import { Match } from './match.ts';
import { Measure } from './measure.ts';
import { part } from './parts.ts';
import { Publish } from './publish.ts';
import { Reading } from './reading.ts';
import { STUDIO } from './texts.ts';
import { wordsOf } from './words.ts';

type Tell = (text: string, isError?: boolean) => void;

/** All steps beside the map: whatever is changed is drafted again. */
export class Workbench {
  readonly element: HTMLElement;
  readonly #client: StudioClient;
  readonly #tell: Tell;
  readonly #boundaries: Boundaries;
  readonly #figures: Figures;
  readonly #match: Match;
  readonly #measure: Measure;
  readonly #publish: Publish;
  readonly #reading = new Reading();
  readonly #canvas = h('div', { class: 'map draft-map', 'aria-busy': 'false' });
  #map: DraftMap | undefined;
  /** What the map shows the layer of, and by which column. */
  #mapped: string | undefined;
  #asked = '';

  constructor(client: StudioClient, tell: Tell) {
    this.#client = client;
    this.#tell = tell;
    const run = (what: string, work: () => Promise<void>): void => void this.#run(what, work);
    const onBrought = (): Promise<void> => this.#reload();
    const onChange = (): void => this.#restart();
    this.#boundaries = new Boundaries(client, {
      ...{ onChange, onBrought, run },
      onPreview: (preview) => this.#showPreview(preview),
      onLayer: (layer) => run('', () => this.#showLayer(layer, undefined)),
    });
    this.#figures = new Figures(client, { onChange, onBrought, run });
    this.#match = new Match(() => this.#draft());
    this.#measure = new Measure(() => this.#draft());
    this.#publish = new Publish(client, {
      onChange: () => this.#draft(),
      asked: () => this.#body() ?? {},
      run,
    });
    const steps = [this.#boundaries, this.#figures, this.#match, this.#measure, this.#publish];
    this.element = h(
      'div',
      { class: 'workbench' },
      h('div', { class: 'steps' }, ...steps.map(({ element }) => element)),
      part('map', STUDIO.map, this.#canvas, this.#reading.element),
    );
  }

  /** Once it is part of the page: a map needs its size. */
  start(sources: Sources): void {
    this.#boundaries.show(sources);
    this.#figures.show(sources);
    // Neutral colours are the theme's.
    const { signal } = this.#client;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draft(), { signal });
    try {
      this.#map = new DraftMap(this.#canvas, (code) => this.#reading.point(code));
      this.#map.use(this.#client.headers);
    } catch {
      this.#canvas.hidden = true; // no WebGL: everything else works
    }
  }

  async #reload(): Promise<void> {
    const sources = await this.#client.sources();
    this.#boundaries.show(sources);
    this.#figures.show(sources);
  }

  /** Other boundaries or figures: what was chosen for those before is nothing. */
  #restart(): void {
    this.#match.reset();
    this.#measure.reset();
    this.#publish.reset();
    this.#reading.show(undefined);
    this.#draft();
  }

  #body(): object | undefined {
    const [regions, table] = [this.#boundaries.asked, this.#figures.table];
    if (!regions || table === undefined) return undefined;
    const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    return { ...regions, table, ...this.#match.asked, ...this.#measure.asked, ...this.#publish.asked, theme };
  }

  #draft(): void {
    const body = this.#body();
    const asked = JSON.stringify(body);
    if (!body || asked === this.#asked) return;
    this.#asked = asked;
    void this.#run(STUDIO.drafting, async () => {
      const draft = await this.#client.draft(body);
      if (asked !== this.#asked) return;
      this.#match.show(draft);
      this.#measure.show(draft.columns, draft.column);
      this.#publish.show(draft);
      this.#reading.show(draft);
      await this.#color(draft);
      this.#tell(draft.classes ? STUDIO.drafted : '');
    });
  }

  async #color(draft: Draft): Promise<void> {
    if (draft.layer) await this.#showLayer(draft.layer.id, draft.layer.code);
    this.#map?.color(draft);
  }

  async #showLayer(layer: string | undefined, code: string | undefined): Promise<void> {
    const key = JSON.stringify([layer, code]);
    if (layer === undefined || key === this.#mapped) return;
    this.#mapped = key;
    await this.#map?.showTiles(await this.#client.tileJson(layer), code);
  }

  #showPreview(preview: Preview): void {
    this.#mapped = undefined;
    this.#restart();
    void this.#map?.showTiles(preview);
  }

  async #run(what: string, work: () => Promise<void>): Promise<void> {
    this.#tell(what);
    try {
      await work();
      if (what !== STUDIO.drafting) this.#tell('');
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return; // a newer one was asked for
      this.#asked = '';
      this.#tell(wordsOf(error), true);
    }
  }
}
