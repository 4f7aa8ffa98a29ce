import { h } from '../dom.ts';
import { copyButtons } from './copy.ts';
import { DocsSearch } from './search.ts';
import { siteBar } from '../site.ts';
import { DOCS_TEXTS, type DocsTexts } from './texts.ts';

/** From this page to the root of the site; the server says it. */
const ROOT = document.body.dataset.root ?? './';
/** Which lists have room beside the page, and when; as in the stylesheet. */
const ROOM = { 'docs-pages': '(min-width: 60rem)', 'docs-contents': '(min-width: 76rem)' };

document.body.prepend(
  h('a', { class: 'skip', href: '#page' }, DOCS_TEXTS.skip),
  siteBar('docs', ROOT === './' ? '' : ROOT, new DocsSearch(ROOT).element),
);
sayWords();
for (const block of document.querySelectorAll('pre')) copyButtons(block);
foldLists();
followReading();

/** The page is in English; what is around it speaks the reader's language. */
function sayWords(): void {
  const words = (name = ''): string | undefined => DOCS_TEXTS.words[name as keyof DocsTexts['words']];
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    const text = words(element.dataset.text);
    if (text !== undefined) element.textContent = text;
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
    const text = words(element.dataset.label);
    if (text !== undefined) element.setAttribute('aria-label', text);
  }
}

/** Where there is no room beside the page, each of the lists is one line until it is wanted. */
function foldLists(): void {
  for (const [name, query] of Object.entries(ROOM)) {
    const list = document.querySelector<HTMLDetailsElement>(`.${name}`);
    const room = matchMedia(query);
    const fold = (): void => {
      if (list) list.open = room.matches;
    };
    fold();
    room.addEventListener('change', fold);
  }
}

/** Marks in the contents the heading that is being read. */
function followReading(): void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('.docs-contents a')].map((link) => [
      decodeURIComponent(link.hash.slice(1)),
      link,
    ]),
  );
  const headings = [...links.keys()].flatMap((id) => document.getElementById(id) ?? []);
  const mark = (): void => {
    const read = headings.filter((heading) => heading.getBoundingClientRect().top < 140).at(-1);
    for (const [id, link] of links) link.toggleAttribute('data-read', id === read?.id);
  };
  let isWaiting = false;
  addEventListener(
    'scroll',
    () => {
      if (isWaiting) return;
      isWaiting = true;
      requestAnimationFrame(() => {
        isWaiting = false;
        mark();
      });
    },
    { passive: true },
  );
  mark();
}
