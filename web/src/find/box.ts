import { ApiError } from '../api.ts';
import { h } from '../dom.ts';
import { suggest, type Found } from './client.ts';
import { FIND } from './texts.ts';

/** Letters that come faster than this make one request. */
const PAUSE_MS = 120;
const MOST_RECENT = 5;
const LIST = 'found';
const KINDS = ['region', 'choropleth', 'layer', 'feature'] as const;

/**
 * The box that finds places and maps while somebody types: a combobox with a list, walked through with the arrow keys
 * while the focus stays in the field. What was chosen is remembered by this page alone.
 */
export class FindBox {
  readonly element: HTMLElement;
  readonly #onChoose: (found: Found) => void;
  readonly #input = h('input', {
    type: 'text',
    role: 'combobox',
    class: 'find-input',
    placeholder: FIND.hint,
    'aria-label': FIND.label,
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': LIST,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    enterkeyhint: 'search',
    maxlength: 200,
  });
  readonly #list = h('div', { class: 'find-list', id: LIST, role: 'listbox', 'aria-label': FIND.list });
  readonly #said = h('p', { class: 'find-said', role: 'status' });
  readonly #panel = h('div', { class: 'find-panel', hidden: true }, this.#list, this.#said);
  #options: readonly { found: Found; element: HTMLElement }[] = [];
  #active = -1;
  #recent: readonly Found[] = [];
  #request = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onChoose: (found: Found) => void) {
    this.#onChoose = onChoose;
    this.#input.addEventListener('input', () => this.#typed());
    this.#input.addEventListener('focus', () => this.#typed());
    this.#input.addEventListener('blur', () => this.#close());
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    // The field keeps the focus whatever is pressed in the list.
    this.#panel.addEventListener('mousedown', (event) => event.preventDefault());
    this.element = h('div', { class: 'find', role: 'search' }, this.#input, this.#panel);
  }

  #typed(): void {
    this.#request.abort();
    clearTimeout(this.#timer);
    const text = this.#input.value.trim();
    if ([...text].length < 2) {
      if (text === '' && this.#recent.length > 0) this.#draw([[FIND.recent, this.#recent]], '');
      else this.#close();
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(text), PAUSE_MS);
  }

  async #ask(text: string): Promise<void> {
    const { signal } = (this.#request = new AbortController());
    try {
      const found = await suggest(text, signal);
      const groups = KINDS.map(
        (kind) => [FIND.kinds[kind], found.filter((one) => one.kind === kind)] as const,
      );
      // The kind of the best one is first.
      groups.sort(([, a], [, b]) => place(found, a) - place(found, b));
      this.#draw(groups, found.length === 0 ? FIND.nothing : FIND.count(found.length));
    } catch (error) {
      if (signal.aborted) return;
      const isTooMany = error instanceof ApiError && error.status === 429;
      this.#draw([], isTooMany ? FIND.tooMany : FIND.failed);
    }
  }

  #draw(groups: readonly (readonly [string, readonly Found[]])[], said: string): void {
    const options: { found: Found; element: HTMLElement }[] = [];
    const drawn = groups.flatMap(([name, all], group) => {
      if (all.length === 0) return [];
      const id = `${LIST}-group-${group}`;
      const entries = all.map((found) => {
        const element = this.#option(found, options.length);
        options.push({ found, element });
        return element;
      });
      const heading = h('div', { class: 'find-group', id, role: 'presentation' }, name);
      return [h('div', { role: 'group', 'aria-labelledby': id }, heading, ...entries)];
    });
    this.#options = options;
    this.#list.replaceChildren(...drawn);
    this.#list.hidden = options.length === 0;
    this.#said.textContent = said;
    this.#panel.hidden = false;
    this.#input.setAttribute('aria-expanded', String(options.length > 0));
    this.#activate(-1);
  }

  #option(found: Found, number: number): HTMLElement {
    return h(
      'div',
      {
        class: 'find-option',
        id: `${LIST}-${number}`,
        role: 'option',
        'aria-selected': 'false',
        onclick: () => this.#choose(found),
      },
      h('span', { class: 'find-title' }, ...marked(found)),
      found.parents.length > 0 && h('span', { class: 'find-parents' }, found.parents.join(', ')),
    );
  }

  #key(event: KeyboardEvent): void {
    const { length } = this.#options;
    const isOpen = !this.#panel.hidden;
    if (event.key === 'Escape') {
      if (!isOpen && this.#input.value === '') return;
      if (isOpen) this.#close();
      else this.#input.value = '';
      event.stopPropagation(); // the region that is selected stays so
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen || length === 0) return this.#typed();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      // Below the last and above the first one is the field itself.
      this.#activate(((this.#active + 1 + by + length + 1) % (length + 1)) - 1);
    } else if (event.key === 'Enter' && isOpen) {
      const option = this.#options[Math.max(0, this.#active)];
      if (option) this.#choose(option.found);
    }
  }

  #activate(number: number): void {
    this.#active = number;
    for (const [i, { element }] of this.#options.entries())
      element.setAttribute('aria-selected', String(i === number));
    const active = this.#options[number]?.element;
    if (active) this.#input.setAttribute('aria-activedescendant', active.id);
    else this.#input.removeAttribute('aria-activedescendant');
    active?.scrollIntoView({ block: 'nearest' });
  }

  #choose(found: Found): void {
    this.#recent = [found, ...this.#recent.filter(({ id }) => id !== found.id)].slice(0, MOST_RECENT);
    this.#input.value = found.title;
    this.#close();
    this.#onChoose(found);
  }

  #close(): void {
    this.#request.abort();
    clearTimeout(this.#timer);
    this.#panel.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#activate(-1);
  }
}

/** Where the best of some stands among all. */
function place(all: readonly Found[], some: readonly Found[]): number {
  const [best] = some;
  return best ? all.indexOf(best) : Infinity;
}

function marked({ title, why }: Found): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const [from, to] of why.highlights) {
    parts.push(title.slice(end, from), h('mark', {}, title.slice(from, to)));
    end = to;
  }
  return [...parts, title.slice(end)];
}
