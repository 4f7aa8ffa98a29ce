import { ApiError } from '../api.ts';
import { h } from '../dom.ts';
import type { Client, Refreshes, View } from './client.ts';
import { put, section, timeOf } from './parts.ts';
import { RunsPart } from './runs.ts';
import { TEXTS } from './texts.ts';

/** Views with how old they are, the runs of late, and a button for each, until the server says that the key may not. */
export class RefreshPart {
  readonly element = section(TEXTS.refreshes);
  readonly #say: (text: string) => void;
  readonly #onQueued: () => void;
  readonly #views = h('div');
  readonly #runs = new RunsPart();
  #mayNot = false;

  constructor(say: (text: string) => void, onQueued: () => void) {
    this.#say = say;
    this.#onQueued = onQueued;
    this.element.append(this.#views, this.#runs.element);
  }

  show({ views, runs }: Refreshes, client: Client): void {
    put(
      this.#views,
      h('ul', { class: 'counts views' }, ...views.map((view) => this.#view(view, client))),
      this.#mayNot ? h('p', { class: 'muted' }, TEXTS.mayNotRefresh) : '',
    );
    this.#runs.show(runs, Date.now());
  }

  #view({ view, choropleths, asOf }: View, client: Client): HTMLElement {
    const [choropleth] = choropleths;
    const age = asOf === null ? TEXTS.never : TEXTS.asOf(timeOf(asOf));
    const start = (): void => void this.#refresh(view, choropleth ?? '', client);
    const words = { type: 'button', class: 'button', 'aria-label': TEXTS.refreshView(view), onclick: start };
    return h(
      'li',
      {},
      h('span', { class: 'count-name' }, view),
      choropleth !== undefined && !this.#mayNot && h('button', words, TEXTS.refreshNow),
      h('span', { class: 'muted detail' }, age),
    );
  }

  async #refresh(view: string, choropleth: string, client: Client): Promise<void> {
    try {
      await client.refresh(choropleth);
      this.#say(TEXTS.queued(view));
    } catch (error) {
      if (!(error instanceof ApiError)) return; // the page was left
      this.#mayNot = error.status === 403;
      this.#say(this.#mayNot ? TEXTS.mayNotRefresh : (error.detail ?? error.message));
    }
    this.#onQueued();
  }
}
