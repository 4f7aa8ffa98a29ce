import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { projectPath } from '../../tools/paths.ts';

/** Folders of pages: the project's own, and one of a page for each kind of client. */
export const FOLDERS = ['docs', 'docs/integrations'] as const;
export type Folder = (typeof FOLDERS)[number];

/** Folders of pictures that pages show. */
export const PICTURES = ['docs/images', 'docs/methods'] as const;

/** Files of the project that pages lead to. */
export const BESIDES = ['CHANGELOG.md', 'CONTRIBUTING.md', 'data/base/README.md', '.env.example'] as const;

export interface DocsPage {
  /** From the root of the site, with its slash: `/docs/errors`. */
  readonly path: string;
  readonly title: string;
  /** In the project: `docs/errors.md`. */
  readonly file: string;
}

/** Each page by its first heading, those for kinds of clients last. */
export function docsPages(): DocsPage[] {
  return FOLDERS.flatMap((folder) => {
    const files = readdirSync(projectPath(folder)).filter((file) => file.endsWith('.md'));
    return files.sort().map((name) => {
      const file = `${folder}/${name}`;
      const [heading = ''] = readFileSync(projectPath(file), 'utf8').split('\n', 1);
      return { path: `/${folder}/${posix.basename(name, '.md')}`, title: heading.replace(/^# /, ''), file };
    });
  });
}

/** The list of all pages, in Markdown. */
export function contents(): string {
  const lines = docsPages().map(({ path, title }) => `- [${title}](${path})`);
  return `# Documentation\n\n${lines.join('\n')}\n\nEvery route: [/openapi.json](/openapi.json)\n`;
}

/** The address of a file of the project, where it has one: that of the page, of the picture, its own. */
export function addressOf(file: string): string | undefined {
  const folder = posix.dirname(file);
  if (!existsSync(projectPath(file))) return undefined;
  if (is(FOLDERS, folder) && file.endsWith('.md')) return `/${file.slice(0, -'.md'.length)}`;
  return is(PICTURES, folder) || is(BESIDES, file) ? `/${file}` : undefined;
}

const is = (known: readonly string[], one: string): boolean => known.includes(one);

/** The list as a page has it: by sections, each page with its first sentence. */
export function annotatedContents(): string {
  const parts = sections().map(([name, pages]) => {
    const lines = pages.map(({ title, path, file }) => `- [${title}](${path}): ${firstSentence(file)}`);
    return lines.length === 0 ? '' : `## ${SECTION_TITLES[name]}\n\n${lines.join('\n')}\n`;
  });
  return `# Documentation\n\nEvery route can be tried in the page [API](/api).\n\n${parts.join('\n')}`;
}

/** That of the first paragraph, without its links, as they are relative to their page. */
function firstSentence(file: string): string {
  const paragraphs = readFileSync(projectPath(file), 'utf8').split(/\n{2,}/);
  const first = paragraphs.find((text) => /^[\w`*[]/.test(text)) ?? '';
  const text = first.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('\n', ' ');
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

/** Sections in words; the page's script says them in the reader's language. */
export const SECTION_TITLES: Readonly<Record<string, string>> = {
  maps: 'Maps and questions',
  files: 'Files and standards',
  data: 'Data',
  running: 'Running it',
  clients: 'In other programs',
  more: 'More',
};

/** Which pages stand together in the list; what is in none comes last. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  maps: ['layers', 'choropleths', 'choropleth-values', 'cql2', 'pyramid', 'base-map', 'search', 'ask'],
  files: ['exports', 'archives', 'ogc'],
  data: ['database', 'import', 'studio', 'editing', 'freshness', 'delta'],
  running: ['cli', 'operations', 'security', 'limits', 'audit', 'metrics', 'performance', 'errors'],
  clients: [],
};

/** Pages by section, in the order of `SECTIONS`. */
export function sections(): [section: string, pages: DocsPage[]][] {
  const all = docsPages();
  const names = [...Object.keys(SECTIONS), 'more'];
  const sectionOf = ({ file }: DocsPage): string => {
    if (file.startsWith('docs/integrations/')) return 'clients';
    const name = posix.basename(file, '.md');
    return names.find((section) => SECTIONS[section]?.includes(name)) ?? 'more';
  };
  const rank = ({ file }: DocsPage): number =>
    Object.values(SECTIONS).flat().indexOf(posix.basename(file, '.md'));
  return names.map((name) => [
    name,
    all.filter((page) => sectionOf(page) === name).sort((a, b) => rank(a) - rank(b)),
  ]);
}
