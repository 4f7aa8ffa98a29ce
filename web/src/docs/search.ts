import { h } from '../dom.ts';
import { findPassages, type Passage } from './passages.ts';
import { DOCS_TEXTS } from './texts.ts';

/** Searches all pages; what there is to search is loaded when somebody begins. */
export class DocsSearch {
  readonly element: HTMLElement;
  readonly #root: string;
  readonly #input = h('input', {
    type: 'search',
    'aria-label': DOCS_TEXTS.search,
    placeholder: DOCS_TEXTS.search,
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 80,
  });
  readonly #list = h('ul', { class: 'docs-found', hidden: true });
  readonly #said = h('p', { class: 'visually-hidden', role: 'status' });
  #passages: Promise<Passage[]> | undefined;

  constructor(root: string) {
    this.#root = root;
    this.element = h('div', { class: 'docs-search', role: 'search' }, this.#input, this.#said, this.#list);
    this.#input.addEventListener('focus', () => void this.#load());
    this.#input.addEventListener('input', () => void this.#show());
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('pointerdown', (event) => {
      if (!this.element.contains(event.target as Node)) this.#close();
    });
    document.addEventListener('keydown', (event) => {
      const { tagName } = (event.target ?? {}) as { tagName?: string };
      if (event.key !== '/' || event.ctrlKey || event.metaKey || /INPUT|TEXTAREA|SELECT/.test(tagName ?? ''))
        return;
      event.preventDefault();
      this.#input.focus();
    });
  }

  #load(): Promise<Passage[]> {
    this.#passages ??= fetch(`${this.#root}docs/passages.json`)
      .then((response) => response.json() as Promise<{ passages: Passage[] }>)
      .then(({ passages }) => passages)
      .catch(() => {
        this.#passages = undefined; // the next letter tries again
        return [];
      });
    return this.#passages;
  }

  async #show(): Promise<void> {
    const question = this.#input.value;
    const found = findPassages(await this.#load(), question);
    if (question !== this.#input.value) return;
    const lines = found.map(({ passage: { page, path, heading }, excerpt }) =>
      h(
        'li',
        {},
        h(
          'a',
          { href: this.#root + path, onclick: () => this.#close() },
          h('strong', {}, heading),
          heading !== page && h('span', { class: 'docs-page-name' }, page),
          h('span', { class: 'docs-excerpt' }, excerpt),
        ),
      ),
    );
    const isAsked = question.trim() !== '';
    this.#list.replaceChildren(
      ...(lines.length > 0 ? lines : [h('li', { class: 'empty' }, DOCS_TEXTS.nothing)]),
    );
    this.#list.hidden = !isAsked;
    this.#said.textContent = isAsked ? DOCS_TEXTS.found(found.length) : '';
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.#close();
      this.#input.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.#list.querySelectorAll('a')];
    if (event.key === 'Enter' && event.target === this.#input) links[0]?.click();
    if (step === undefined || this.#list.hidden || links.length === 0) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement as HTMLAnchorElement) + step;
    if (at < 0) this.#input.focus();
    else links[Math.min(at, links.length - 1)]?.focus();
  }

  #close(): void {
    this.#list.hidden = true;
  }
}
