import { h } from '../dom.ts';
import { askForKey } from '../sign-in.ts';
import { mapBar } from '../site.ts';
import { TEXTS } from '../texts.ts';
import { StudioClient } from './client.ts';
import { STUDIO } from './texts.ts';
import { wordsOf } from './words.ts';
import { Workbench } from './workbench.ts';

/** The studio. The key is held by one object in memory, which goes with the page. */
export class StudioPage {
  readonly #root: HTMLElement;
  readonly #status = h('p', { class: 'status', role: 'status', 'aria-live': 'polite' });
  readonly #main = h('div', { class: 'studio-main' });
  readonly #leaveButton = h(
    'button',
    { type: 'button', class: 'button', hidden: true, onclick: () => this.#leave() },
    STUDIO.leave,
  );
  #ending: AbortController | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    document.documentElement.lang = TEXTS.locale;
  }

  start(): void {
    const head = h(
      'div',
      { class: 'studio-head' },
      h('div', {}, h('h1', {}, STUDIO.title), h('p', { class: 'muted' }, STUDIO.intro)),
      this.#leaveButton,
    );
    this.#root.replaceChildren(
      h('div', { class: 'studio' }, mapBar('studio'), h('main', {}, head, this.#status, this.#main)),
    );
    this.#leave();
  }

  #leave(): void {
    this.#ending?.abort();
    this.#leaveButton.hidden = true;
    this.#status.textContent = '';
    askForKey(this.#main, STUDIO, (key) => this.#open(key));
  }

  async #open(key: string): Promise<void> {
    this.#ending?.abort();
    const ending = (this.#ending = new AbortController());
    const client = new StudioClient(key, ending.signal);
    try {
      const sources = await client.sources();
      const bench = new Workbench(client, (text, isError) => this.#tell(text, isError));
      this.#main.replaceChildren(bench.element);
      this.#leaveButton.hidden = false;
      this.#tell('');
      bench.start(sources);
    } catch (error) {
      if (!ending.signal.aborted) this.#tell(wordsOf(error), true);
    }
  }

  #tell(text: string, isError = false): void {
    this.#status.textContent = text;
    this.#status.classList.toggle('is-error', isError);
  }
}
