import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { projectPath } from '../tools/paths.ts';
import { Representation, send } from './answers/respond.ts';
import { route, type Route } from './routes.ts';

const CACHE = 'public, max-age=300';
const markdown = { 'text/markdown': { type: 'string' } } as const;

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
    route({
      method: 'get',
      path: '/docs/:page',
      tag: 'operations',
      summary: 'A page of the documentation, as Markdown',
      params: z.object({
        page: z
          .string()
          .regex(/^[a-z][a-z-]{0,40}$/, 'the name of a page')
          .meta({ description: 'Name of the page', example: 'choropleths' }),
      }),
      responses: { 200: { description: 'The page', content: markdown } },
      handle: async ({ params }, res, req) => {
        const file = projectPath('docs', `${params.page}.md`);
        if (!existsSync(file))
          throw new AppError('route_not_found', { detail: `there is no page ${params.page}` });
        await send(req, res, page(readFileSync(file)), CACHE);
      },
    }),
  ];
}

const page = (text: Buffer): Representation => new Representation(text, 'text/markdown; charset=utf-8');

/** Each page by its first heading. */
function contents(): string {
  const files = readdirSync(projectPath('docs')).filter((file) => file.endsWith('.md'));
  const lines = files.sort().map((file) => {
    const [heading = ''] = readFileSync(projectPath('docs', file), 'utf8').split('\n', 1);
    return `- [${heading.replace(/^# /, '')}](/docs/${basename(file, '.md')})`;
  });
  return `# Documentation\n\n${lines.join('\n')}\n\nEvery route: [/openapi.json](/openapi.json)\n`;
}
