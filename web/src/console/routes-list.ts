import { h } from '../dom.ts';
import { byTag, hashOf, type Operation } from './operations.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

/** All routes by tag, with a field that narrows them. */
export class RoutesList {
  readonly element: HTMLDetailsElement;
  readonly #operations: readonly Operation[];
  readonly #list = h('div');
  readonly #filter = h('input', { type: 'search', 'aria-label': TEXTS.filter, placeholder: TEXTS.filter });
  #current: Operation | undefined;

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
    this.#filter.addEventListener('input', () => this.#show());
    const room = matchMedia('(min-width: 60rem)');
    this.element = h(
      'details',
      { class: 'routes', open: room.matches },
      h('summary', {}, TEXTS.routes),
      h('nav', { 'aria-label': TEXTS.routes }, this.#filter, this.#list),
    );
    room.addEventListener('change', () => (this.element.open = room.matches));
    this.#show();
  }

  /** Marks the route that is being filled in; where the list covers the page, it goes. */
  mark(operation: Operation | undefined): void {
    this.#current = operation;
    for (const link of this.#list.querySelectorAll('a')) {
      if (operation && link.getAttribute('href') === hashOf(operation, {}))
        link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    if (operation && !matchMedia('(min-width: 60rem)').matches) this.element.open = false;
    else this.#list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  #show(): void {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.#operations.filter(({ method, path, summary }) => {
      const text = `${method} ${path} ${summary}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const groups = byTag(found).map(([tag, operations]) =>
      h(
        'section',
        {},
        h('h2', {}, tag),
        h('ul', {}, ...operations.map((one) => h('li', {}, this.#link(one)))),
      ),
    );
    this.#list.replaceChildren(...(groups.length > 0 ? groups : [h('p', { class: 'muted' }, TEXTS.noRoute)]));
  }

  #link(operation: Operation): HTMLElement {
    const { method, path, summary } = operation;
    return h(
      'a',
      {
        href: hashOf(operation, {}),
        title: summary,
        'aria-current': operation === this.#current ? 'page' : undefined,
      },
      methodTag(method),
      h('span', { class: 'path' }, path),
    );
  }
}

export const methodTag = (method: string): HTMLElement =>
  h('span', { class: `method method-${method}` }, method.toUpperCase());
