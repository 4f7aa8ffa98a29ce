import { field, h } from './dom.ts';
import { LANGUAGE, LANGUAGES, speak, type Language } from './language.ts';
import { closing } from './panel/picker.ts';
import { TEXTS, TEXTS_BY_LANGUAGE } from './texts.ts';
import type { Texts } from './texts/en.ts';
import { chooseTheme, THEME_CHOICES, themeChoice, type ThemeChoice } from './theme.ts';

/** The pages of the site, by what stands in the bar of each, with their addresses from the root of the site. */
const PAGES = {
  map: './',
  compare: 'compare',
  layers: 'layers',
  docs: 'docs',
  api: 'api',
  studio: 'studio',
  operations: 'admin',
} as const satisfies Partial<Record<keyof Texts['pages'], string>>;
export type Page = keyof typeof PAGES;

/**
 * The end of the bar that every page has: links to the others, and how the reader wants them to be. Where there
 * is no room the links are in the menu, too.
 *
 * @param toRoot from this page to the root of the site: `../` on a page of a folder
 */
function siteEnd(current: Page, toRoot = ''): HTMLElement {
  const menu = h(
    'details',
    { class: 'site-menu' },
    h('summary', { 'aria-label': TEXTS.menu, title: TEXTS.menu }, h('span', { class: 'icon-menu' })),
    h(
      'div',
      { class: 'site-panel' },
      siteLinks(current, toRoot),
      field(TEXTS.language, languageChoice()),
      field(TEXTS.theme, themeControl()),
    ),
  );
  return h('div', { class: 'top-end' }, siteLinks(current, toRoot), closing(menu));
}

/** Links to the pages of the site, this one marked. */
function siteLinks(current: Page, toRoot = ''): HTMLElement {
  const links = Object.entries(PAGES).map(([page, address]) =>
    h(
      'a',
      { href: toRoot + address, 'aria-current': page === current ? 'page' : undefined },
      TEXTS.pages[page as Page],
    ),
  );
  return h('nav', { class: 'site', 'aria-label': TEXTS.pages.title }, ...links);
}

function languageChoice(): HTMLElement {
  const control = h(
    'select',
    { name: 'language', 'aria-label': TEXTS.language },
    ...LANGUAGES.map((language) =>
      h(
        'option',
        { value: language, lang: language, selected: language === LANGUAGE },
        TEXTS_BY_LANGUAGE[language].languageName,
      ),
    ),
  );
  control.addEventListener('change', () => speak(control.value as Language));
  return control;
}

function themeControl(): HTMLElement {
  const control = h(
    'select',
    { name: 'theme' },
    ...THEME_CHOICES.map((choice) =>
      h('option', { value: choice, selected: choice === themeChoice() }, TEXTS.themes[choice]),
    ),
  );
  control.addEventListener('change', () => chooseTheme(control.value as ThemeChoice));
  return control;
}

/** The bar at the top of a page with a map: name, what the page has, links, menu. */
export function mapBar(current: Page, ...own: readonly HTMLElement[]): HTMLElement {
  return h(
    'header',
    { class: 'top' },
    h('p', { class: 'brand' }, icon(), TEXTS.product),
    ...own,
    siteEnd(current),
  );
}

const icon = (toRoot = ''): HTMLElement =>
  h('img', { src: `${toRoot}favicon.svg`, alt: '', width: 24, height: 24 });

/** The bar at the top of a page that is no map: name, what the page has, links, menu. */
export function siteBar(current: Page, toRoot: string, ...own: readonly HTMLElement[]): HTMLElement {
  return h(
    'header',
    { class: 'site-bar' },
    h('a', { class: 'brand', href: toRoot || './' }, icon(toRoot), TEXTS.product),
    ...own,
    siteEnd(current, toRoot),
  );
}
