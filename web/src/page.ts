import type { ListedChoropleth } from './api.ts';
import { field, h } from './dom.ts';
import { mapBar } from './site.ts';
import { TEXTS } from './texts.ts';

/** Parts of the page by where they stand. */
export interface Parts {
  map: HTMLElement;
  overMap: readonly HTMLElement[];
  /** Over the map where it is large, below it where it is small. */
  card: HTMLElement;
  periods: HTMLElement;
  legend: HTMLElement;
  find: HTMLElement;
  ask: HTMLElement;
  distribution: HTMLElement;
  settings: HTMLElement;
  regions: HTMLElement;
  live: HTMLElement;
}

/** The choice of the choropleth, in the bar at the top. */
export class ChoroplethChoice {
  readonly element: HTMLElement;
  readonly #select = h('select', { name: 'choropleth', disabled: true });

  constructor(onChange: (id: string) => void) {
    this.element = field(TEXTS.choropleth, this.#select);
    this.#select.addEventListener('change', () => onChange(this.#select.value));
  }

  fill(list: readonly ListedChoropleth[]): void {
    const options = list.map((entry) =>
      entry.available
        ? h('option', { value: entry.id }, entry.title)
        : h('option', { value: entry.id, disabled: true }, TEXTS.unavailable(entry.title, entry.problem)),
    );
    this.#select.replaceChildren(...options);
    this.#select.disabled = list.length === 0;
  }

  sync(id: string): void {
    this.#select.value = id;
  }
}

/** The page: bar, map with legend, settings and list. Order in the document is order on a small screen. */
export function page(choice: ChoroplethChoice, parts: Parts): HTMLElement {
  // Open where there is room for it; on a phone the map comes first.
  const isRoomy = matchMedia('(min-width: 60rem)').matches;
  return h(
    'div',
    { class: 'page' },
    h('a', { class: 'skip', href: '#regions', onclick: skipToRegions }, TEXTS.skip),
    mapBar('map', choice.element, parts.find),
    h(
      'main',
      { class: 'stage' },
      h('div', { class: 'map-frame' }, parts.map, ...parts.overMap),
      parts.card,
      parts.periods,
      h('div', { class: 'reading' }, parts.legend, parts.distribution),
    ),
    h(
      'aside',
      { class: 'side' },
      parts.ask,
      h('details', { class: 'settings', open: isRoomy }, h('summary', {}, TEXTS.settings), parts.settings),
      parts.regions,
    ),
    parts.live,
  );
}

/** The address holds the state of the map, so a link within the page must not change it. */
function skipToRegions(event: Event): void {
  event.preventDefault();
  document.getElementById('regions')?.focus();
}
