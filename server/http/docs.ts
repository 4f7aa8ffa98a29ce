import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { projectPath } from '../paths.ts';
import { Representation, send } from './respond.ts';
import { route, type Route } from './routes.ts';

/** The project's own pages, where the `type` of a problem document points to. */
export function docsRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/docs/:page',
      tag: 'operations',
      summary: 'A page of the documentation, as Markdown',
      params: z.object({ page: z.string().regex(/^[a-z][a-z-]{0,40}$/, 'the name of a page') }),
      responses: { 200: { description: 'The page', content: { 'text/markdown': { type: 'string' } } } },
      handle: async ({ params }, res, req) => {
        const file = projectPath('docs', `${params.page}.md`);
        if (!existsSync(file))
          throw new AppError('route_not_found', { detail: `there is no page ${params.page}` });
        await send(
          req,
          res,
          new Representation(readFileSync(file), 'text/markdown; charset=utf-8'),
          'public, max-age=300',
        );
      },
    }),
  ];
}
