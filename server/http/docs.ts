import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { projectPath } from '../tools/paths.ts';
import { Representation, send } from './answers/respond.ts';
import { route, type Route } from './routes.ts';

const CACHE = 'public, max-age=300';
const markdown = { 'text/markdown': { type: 'string' } } as const;

/** Folders of pages: the project's own, and one of a page for each kind of client. */
const FOLDERS = { docs: ['docs'], 'docs/integrations': ['docs', 'integrations'] } as const;
type Folder = keyof typeof FOLDERS;

/** The project's own pages, where the `type` of a problem document points to. */
export function docsRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/docs',
      tag: 'operations',
      summary: 'The pages of the documentation, as a list in Markdown',
      responses: { 200: { description: 'The list', content: markdown } },
      handle: (_request, res, req) => send(req, res, page(Buffer.from(contents())), CACHE),
    }),
    pageRoute('docs', { summary: 'A page of the documentation, as Markdown', example: 'choropleths' }),
    pageRoute('docs/integrations', {
      summary: 'How a kind of client uses this server, as Markdown',
      example: 'embed',
    }),
  ];
}

function pageRoute(folder: Folder, { summary, example }: { summary: string; example: string }): Route {
  return route({
    method: 'get',
    path: `/${folder}/:page`,
    tag: 'operations',
    summary,
    params: z.object({
      page: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,40}$/, 'the name of a page')
        .meta({ description: 'Name of the page', example }),
    }),
    responses: { 200: { description: 'The page', content: markdown } },
    handle: async ({ params }, res, req) => {
      const file = projectPath(...FOLDERS[folder], `${params.page}.md`);
      if (!existsSync(file))
        throw new AppError('route_not_found', { detail: `there is no page ${params.page}` });
      await send(req, res, page(readFileSync(file)), CACHE);
    },
  });
}

const page = (text: Buffer): Representation => new Representation(text, 'text/markdown; charset=utf-8');

export interface DocsPage {
  readonly path: string;
  readonly title: string;
}

/** Each page by its first heading, those for kinds of clients last. */
export function docsPages(): DocsPage[] {
  return (Object.keys(FOLDERS) as Folder[]).flatMap((folder) => {
    const at = projectPath(...FOLDERS[folder]);
    const files = readdirSync(at).filter((file) => file.endsWith('.md'));
    return files.sort().map((file) => {
      const [heading = ''] = readFileSync(join(at, file), 'utf8').split('\n', 1);
      return { path: `/${folder}/${basename(file, '.md')}`, title: heading.replace(/^# /, '') };
    });
  });
}

function contents(): string {
  const lines = docsPages().map(({ path, title }) => `- [${title}](${path})`);
  return `# Documentation\n\n${lines.join('\n')}\n\nEvery route: [/openapi.json](/openapi.json)\n`;
}
