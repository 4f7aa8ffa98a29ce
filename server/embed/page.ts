import { readFile } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { escapeMarkup } from '../tools/markup.ts';
import { projectPath } from '../tools/paths.ts';

/** What a page for a frame says before any script runs, and what it says where none does. */
export interface EmbedPage {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Parameters of the map with their question mark; empty without any. */
  readonly search: string;
  /** Where oEmbed tells of this page. */
  readonly oembed: string;
}

const TITLE = '<title>Chorograph</title>';
const WITHOUT_SCRIPTS = '<noscript></noscript>';

let built: Promise<string> | undefined;

/** The page as the build made it, which does not change while a server runs. @throws AppError where there is none */
function template(): Promise<string> {
  built ??= readFile(projectPath('dist', 'web', 'embed.html'), 'utf8').catch((cause: unknown) => {
    built = undefined;
    throw new AppError(
      'route_not_found',
      { detail: 'the pages of this server have not been built' },
      { cause },
    );
  });
  return built;
}

/** The page, with addresses as from the top: it lies one folder below. */
export async function embedPage(page: EmbedPage): Promise<string> {
  const [title, id] = [escapeMarkup(page.title), encodeURIComponent(page.id)];
  const form = (name: string): string => escapeMarkup(`gis/choropleth/${id}/${name}${page.search}`);
  const head = `<base href="../"><title>${title}</title>
    <meta name="description" content="${escapeMarkup(page.description)}">
    <link rel="alternate" type="application/json+oembed" href="${escapeMarkup(page.oembed)}" title="${title}">`;
  const fallback = `<noscript><p><img src="${form('map.png')}" alt="${title}"></p>
    <p><a href="${form('table.html')}" target="_blank" rel="noopener">${title}: table of the values</a></p></noscript>`;
  // As functions, so that a $ in a title is one.
  return (await template()).replace(TITLE, () => head).replace(WITHOUT_SCRIPTS, () => fallback);
}
