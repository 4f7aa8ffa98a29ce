import { h } from '../dom.ts';
import { mapBar } from '../site.ts';
import { TEXTS } from '../texts.ts';
import { COMPARE_TEXTS } from './texts.ts';

/** Parts of the page by where they stand. */
export interface CompareParts {
  tools: HTMLElement;
  note: HTMLElement;
  heads: readonly HTMLElement[];
  maps: HTMLElement;
  legends: readonly HTMLElement[];
  regions: HTMLElement;
  live: readonly HTMLElement[];
}

/** The page: bar, what each side shows, both maps, their legends, and the list of both values. */
export function compareLayout({
  tools,
  note,
  heads,
  maps,
  legends,
  regions,
  live,
}: CompareParts): HTMLElement {
  return h(
    'div',
    { class: 'compare' },
    h('a', { class: 'skip', href: '#regions', onclick: skipTo(regions) }, TEXTS.skip),
    mapBar('compare', tools),
    h(
      'main',
      {},
      h('h1', { class: 'visually-hidden' }, COMPARE_TEXTS.title),
      h(
        'div',
        { class: 'compare-stage' },
        ...heads,
        note,
        maps,
        h('div', { class: 'compare-legends' }, ...legends),
      ),
      regions,
    ),
    ...live,
  );
}

/** The address holds the state of the maps, so a link within the page must not change it. */
function skipTo(target: HTMLElement): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    target.focus();
  };
}
