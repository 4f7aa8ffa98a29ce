import { readFileSync, statSync } from 'node:fs';
import { escapeMarkup } from '../../tools/markup.ts';
import { projectPath } from '../../tools/paths.ts';
import { toRootFrom } from './links.ts';
import type { Heading, Rendered } from './markdown.ts';
import { SECTION_TITLES, sections } from './pages.ts';

const TITLE = '<title>Chorograph</title>';
const BODY = '<main id="page"></main>';

const FILE = projectPath('dist', 'web', 'docs.html');

let built: { at: number; text: string } | undefined;

/** The page as the build made it, until it is built anew; undefined where nothing has been built. */
export function docsShell(): string | undefined {
  const at = statSync(FILE, { throwIfNoEntry: false })?.mtimeMs;
  if (at === undefined) return undefined;
  if (built?.at !== at) built = { at, text: readFileSync(FILE, 'utf8') };
  return built.text;
}

/**
 * A page of the documentation for browsers.
 *
 * @param source where the same is as Markdown, from the root of the site
 */
export function docsDocument(shell: string, path: string, page: Rendered, source?: string): string {
  const toRoot = toRootFrom(path);
  const title = page.title === 'Documentation' ? page.title : `${page.title} · Documentation`;
  const footer =
    source === undefined
      ? ''
      : `<footer><a href="${escapeMarkup(toRoot + source)}" type="text/markdown" data-text="source">This page as Markdown</a></footer>`;
  const body = `<div class="docs">
    ${navigation(path, toRoot)}
    ${tableOfContents(page.headings)}
    <main id="page" tabindex="-1"><article>${page.html}</article>${footer}</main></div>`;
  return shell
    .replaceAll(/(href|src)="\.\//g, (_, name: string) => `${name}="${toRoot}`)
    .replace(TITLE, () => `<title>${escapeMarkup(title)} · Chorograph</title>`)
    .replace('<body>', () => `<body data-root="${toRoot}">`)
    .replace(BODY, () => body);
}

function navigation(path: string, toRoot: string): string {
  const link = (address: string, title: string): string => {
    const current = address === path ? ' aria-current="page"' : '';
    return `<li><a href="${toRoot}${address.slice(1)}"${current}>${escapeMarkup(title)}</a></li>`;
  };
  const parts = sections()
    .filter(([, pages]) => pages.length > 0)
    .map(
      ([name, pages]) =>
        `<h2 data-text="${name}">${SECTION_TITLES[name]}</h2><ul>${pages.map((page) => link(page.path, page.title)).join('')}</ul>`,
    );
  return `<details class="docs-pages" open><summary data-text="pages">All pages</summary>
    <nav aria-label="All pages" data-label="pages"><ul>${link('/docs', 'Documentation')}</ul>${parts.join('')}</nav></details>`;
}

function tableOfContents(headings: readonly Heading[]): string {
  const shown = headings.filter(({ depth }) => depth <= 3);
  if (shown.length < 2) return '';
  const lines = shown.map(
    ({ id, depth, text }) => `<li class="depth-${depth}"><a href="#${id}">${escapeMarkup(text)}</a></li>`,
  );
  return `<details class="docs-contents" open><summary data-text="contents">On this page</summary>
    <nav aria-label="On this page" data-label="contents"><ul>${lines.join('')}</ul></nav></details>`;
}
