import { field, h } from '../dom.ts';
import type { Listed } from './client.ts';
import { SAID } from './texts.ts';

/** Rows that are drawn at once; who has more searches. */
const MOST_ROWS = 200;

type Shape = keyof typeof SAID.kinds;

/** What a layer is drawn as, by its geometry. */
export function shapeOf({ type, geometryType = '' }: Listed): Shape {
  if (type === 'function') return 'function';
  if (/POLYGON|SURFACE/.test(geometryType)) return 'area';
  if (/LINE|CURVE/.test(geometryType)) return 'line';
  return /POINT/.test(geometryType) ? 'point' : 'mixed';
}

/** Every layer of the database: those to choose from, and those that are not served, with the reason. */
export class LayerList {
  readonly element: HTMLElement;
  readonly #search = h('input', { type: 'search', name: 'layers', autocomplete: 'off' });
  readonly #count = h('p', { class: 'list-count', role: 'status' });
  readonly #rows = h('div', { class: 'layer-rows', role: 'radiogroup', 'aria-label': SAID.layers });
  readonly #refused = h('details', { class: 'refused' });
  readonly #onChoose: (id: string) => void;
  #layers: readonly Listed[] = [];
  #chosen: string | undefined;

  constructor(onChoose: (id: string) => void) {
    this.#onChoose = onChoose;
    this.#search.addEventListener('input', () => this.#draw());
    this.#rows.addEventListener('change', ({ target }) => this.#onChoose((target as HTMLInputElement).value));
    this.element = h(
      'section',
      { class: 'layer-list', id: 'layers', tabindex: -1, 'aria-label': SAID.layers },
      h('h2', {}, SAID.layers),
      field(SAID.search, this.#search),
      this.#count,
      this.#rows,
      this.#refused,
    );
  }

  fill(layers: readonly Listed[]): void {
    this.#layers = layers;
    this.#draw();
  }

  choose(id: string): void {
    this.#chosen = id;
    const row = [...this.#rows.querySelectorAll('input')].find(({ value }) => value === id);
    if (row) row.checked = true;
    row?.closest('label')?.scrollIntoView({ block: 'nearest' });
  }

  #draw(): void {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isFound = ({ id, title, description = '' }: Listed): boolean =>
      words.every((word) => `${id} ${title} ${description}`.toLowerCase().includes(word));
    const found = this.#layers.filter(isFound);
    const served = found.filter(({ servable }) => servable);
    const refused = found.filter(({ servable }) => !servable);
    this.#count.textContent = SAID.count(
      served.length,
      this.#layers.filter(({ servable }) => servable).length,
    );
    this.#rows.replaceChildren(
      ...served.slice(0, MOST_ROWS).map((layer) => this.#row(layer)),
      ...(served.length > MOST_ROWS
        ? [h('p', { class: 'muted' }, SAID.more(served.length - MOST_ROWS))]
        : []),
    );
    this.#refused.hidden = refused.length === 0;
    this.#refused.replaceChildren(
      h('summary', {}, SAID.unservable(refused.length)),
      h('ul', {}, ...refused.map(reasonOf)),
    );
  }

  #row(layer: Listed): HTMLElement {
    const shape = shapeOf(layer);
    return h(
      'label',
      { class: 'layer-row', title: layer.description ?? layer.id },
      h('input', { type: 'radio', name: 'layer', value: layer.id, checked: layer.id === this.#chosen }),
      h('span', { class: 'shape', 'data-shape': shape, 'aria-hidden': 'true' }),
      h('span', { class: 'layer-name' }, layer.title),
      h('span', { class: 'layer-kind' }, SAID.kinds[shape]),
    );
  }
}

function reasonOf({ title, reason = '', detail }: Listed): HTMLElement {
  return h(
    'li',
    {},
    h('strong', {}, title),
    h('span', {}, SAID.reasons[reason] ?? reason),
    detail !== undefined && h('span', { class: 'muted' }, detail),
  );
}
