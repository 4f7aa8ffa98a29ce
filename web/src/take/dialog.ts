import { field, h } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import { downloadsOf } from './links.ts';
import { SNIPPETS, type Links } from './snippets.ts';

/** So long a button says that it copied, in ms. */
const SAID_MS = 2000;

/** What can be taken away of the map: files, and lines for other programs. */
export class TakeDialog {
  readonly button: HTMLButtonElement;
  readonly element = h('dialog', { class: 'take', 'aria-labelledby': 'take-title' });
  readonly #links: () => Links | undefined;
  readonly #choice = h(
    'select',
    { name: 'snippet' },
    ...Object.keys(SNIPPETS).map((name) => h('option', { value: name }, name)),
  );
  readonly #code = h('pre', {
    class: 'take-code',
    tabindex: 0,
    role: 'region',
    'aria-label': TEXTS.snippets,
  });
  readonly #copy = h('button', { type: 'button', class: 'button' }, TEXTS.copy);
  readonly #files = h('ul', { class: 'take-files' });

  constructor(links: () => Links | undefined) {
    this.#links = links;
    this.button = h(
      'button',
      { type: 'button', class: 'button small', onclick: () => this.open() },
      TEXTS.take,
    );
    const close = h(
      'button',
      { type: 'button', class: 'close', 'aria-label': TEXTS.close, onclick: () => this.element.close() },
      '×',
    );
    this.element.append(
      h('header', {}, h('h2', { id: 'take-title' }, TEXTS.take), close),
      h('p', { class: 'setting-note' }, TEXTS.takeNote),
      h('h3', {}, TEXTS.download),
      this.#files,
      h('h3', {}, TEXTS.snippets),
      h('div', { class: 'take-tools' }, field(TEXTS.snippetFor, this.#choice), this.#copy),
      this.#code,
    );
    this.#choice.addEventListener('change', () => this.#show());
    this.#copy.addEventListener('click', () => void this.#copied());
    // A click beside the box is on the dialog itself.
    this.element.addEventListener('click', ({ target }) => {
      if (target === this.element) this.element.close();
    });
  }

  open(): void {
    const links = this.#links();
    if (!links) return;
    this.#files.replaceChildren(
      ...downloadsOf(links).map(({ kind, href, file }) =>
        h('li', {}, h('a', { href, download: file, 'data-kind': kind }, TEXTS.downloads[kind])),
      ),
    );
    this.#show();
    this.element.showModal();
  }

  #show(): void {
    const links = this.#links();
    this.#code.textContent = (links && SNIPPETS[this.#choice.value]?.(links)) ?? '';
    this.#copy.textContent = TEXTS.copy;
  }

  /** Without permission to write to the clipboard the text is selected, for the keyboard to copy. */
  async #copied(): Promise<void> {
    const text = this.#code.textContent ?? '';
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (!isCopied) return getSelection()?.selectAllChildren(this.#code);
    this.#copy.textContent = TEXTS.copied;
    setTimeout(() => (this.#copy.textContent = TEXTS.copy), SAID_MS);
  }
}
