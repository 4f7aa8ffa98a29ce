import { h } from './dom.ts';
import { TEXTS } from './texts.ts';
import type { Texts } from './texts/en.ts';

/** The pages of the site, by what stands in the bar of each, with their addresses from the root of the site. */
const PAGES = {
  map: './',
  compare: 'compare',
  docs: 'docs',
  studio: 'studio',
  operations: 'admin',
} as const satisfies Partial<Record<keyof Texts['pages'], string>>;
export type Page = keyof typeof PAGES;

/**
 * Links to the pages of the site, this one marked.
 *
 * @param toRoot from this page to the root of the site: `../` on a page of a folder
 */
export function siteLinks(current: Page, toRoot = ''): HTMLElement {
  const links = Object.entries(PAGES).map(([page, address]) =>
    h(
      'a',
      { href: toRoot + address, 'aria-current': page === current ? 'page' : undefined },
      TEXTS.pages[page as Page],
    ),
  );
  return h('nav', { class: 'site', 'aria-label': TEXTS.pages.title }, ...links);
}
