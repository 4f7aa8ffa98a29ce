import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { projectPath } from '../../tools/paths.ts';
import { json, Representation, send } from '../answers/respond.ts';
import { route, type Route } from '../routes.ts';
import { docsDocument, docsShell } from './document.ts';
import { linkFrom } from './links.ts';
import { renderMarkdown, type Rendered } from './markdown.ts';
import { annotatedContents, BESIDES, contents, docsPages, PICTURES, type Folder } from './pages.ts';

const CACHE = 'public, max-age=300';
const MARKDOWN = 'text/markdown; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.md': MARKDOWN,
};
const content = { 'text/markdown': { type: 'string' }, 'text/html': { type: 'string' } };

/** The page's script reads it; the documentation itself is in English. */
const language = z.object({
  lang: z
    .enum(['en', 'id'], 'en or id')
    .optional()
    .meta({ description: 'The language of what stands around a page', example: 'id' }),
});

/** The project's own pages, where the `type` of a problem document points to: for browsers as pages, else as Markdown. */
export function docsRoutes(): Route[] {
  const list = { path: '/docs', file: 'docs/README.md' };
  return [
    route({
      method: 'get',
      path: '/docs',
      tag: 'operations',
      summary: 'The pages of the documentation, as a list in Markdown, or as a page where HTML is preferred',
      query: language,
      responses: { 200: { description: 'The list', content } },
      handle: (_request, res, req) =>
        sendPage(req, res, { ...list, markdown: contents() }, annotatedContents),
    }),
    route({
      method: 'get',
      path: '/docs/passages.json',
      tag: 'operations',
      summary: 'The documentation in passages, one for each heading, to be searched',
      responses: { 200: { description: 'Passages', content: { 'application/json': { type: 'object' } } } },
      handle: (_request, res, req) => send(req, res, passages(), CACHE),
    }),
    pageRoute('docs', { summary: 'A page of the documentation', example: 'choropleths' }),
    pageRoute('docs/integrations', { summary: 'How a kind of client uses this server', example: 'embed' }),
    ...PICTURES.map(pictureRoute),
    ...BESIDES.map((file) =>
      route({
        method: 'get',
        path: `/${file}`,
        tag: 'operations',
        summary: `A file of the project that its documentation leads to: ${file}`,
        query: language,
        responses: { 200: { description: 'The file', content: { 'text/plain': { type: 'string' } } } },
        handle: (_request, res, req) => sendBeside(req, res, file),
      }),
    ),
  ];
}

function pageRoute(folder: Folder, { summary, example }: { summary: string; example: string }): Route {
  return route({
    method: 'get',
    path: `/${folder}/:page`,
    tag: 'operations',
    summary: `${summary}: as Markdown, or as a page where HTML is preferred`,
    params: z.object({
      page: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,40}(\.md)?$/, 'the name of a page')
        .meta({ description: 'Name of the page; with .md it is always Markdown', example }),
    }),
    query: language,
    responses: { 200: { description: 'The page', content } },
    handle: async ({ params }, res, req) => {
      const name = params.page.replace(/\.md$/, '');
      const file = `${folder}/${name}.md`;
      if (!existsSync(projectPath(file)))
        throw new AppError('route_not_found', { detail: `there is no page ${name}` });
      const page = { path: `/${folder}/${name}`, file, markdown: textOf(file) };
      if (params.page.endsWith('.md')) await sendMarkdown(req, res, page.markdown);
      else await sendPage(req, res, page);
    },
  });
}

function pictureRoute(folder: (typeof PICTURES)[number]): Route {
  const example = folder === 'docs/images' ? 'growth.svg' : 'quantile.png';
  return route({
    method: 'get',
    path: `/${folder}/:picture`,
    tag: 'operations',
    summary: 'A picture of the documentation',
    params: z.object({
      picture: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,40}\.(png|svg)$/, 'the name of a picture')
        .meta({ description: 'Name of the picture', example }),
    }),
    responses: {
      200: { description: 'The picture', content: { 'image/*': { type: 'string', format: 'binary' } } },
    },
    handle: async ({ params }, res, req) => {
      const file = projectPath(folder, params.picture);
      if (!existsSync(file))
        throw new AppError('route_not_found', { detail: `there is no picture ${params.picture}` });
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      await send(req, res, new Representation(readFileSync(file), type), CACHE);
    },
  });
}

interface Source {
  /** Of its page, from the root of the site. */
  readonly path: string;
  readonly file: string;
  readonly markdown: string;
}

async function sendBeside(req: Request, res: Response, file: (typeof BESIDES)[number]): Promise<void> {
  if (!existsSync(projectPath(file)))
    throw new AppError('route_not_found', { detail: `${file} is not part of this installation` });
  if (file.endsWith('.md')) return sendPage(req, res, { path: `/${file}`, file, markdown: textOf(file) });
  await send(req, res, new Representation(Buffer.from(textOf(file)), 'text/plain; charset=utf-8'), CACHE);
}

/** As whoever asks prefers it: browsers say so, everything else is given Markdown. */
async function sendPage(
  req: Request,
  res: Response,
  source: Source,
  shown: () => string = () => source.markdown,
): Promise<void> {
  res.vary('Accept');
  const isPage = req.accepts(['text/markdown', 'text/html']) === 'text/html';
  const page = isPage ? pageOf({ ...source, markdown: shown() }) : undefined;
  if (page) await send(req, res, page, CACHE);
  else await sendMarkdown(req, res, source.markdown);
}

const sendMarkdown = (req: Request, res: Response, text: string): Promise<void> =>
  send(req, res, new Representation(Buffer.from(text), MARKDOWN), CACHE);

const rendered = new Map<
  string,
  { markdown: string; page: Rendered; made?: { shell: string; answer: Representation } }
>();

/** What became of a file's Markdown, until that is another: a checkout is edited while a server runs. */
function renderedOf({ path, file, markdown }: Source): NonNullable<ReturnType<typeof rendered.get>> {
  const before = rendered.get(path);
  if (before?.markdown === markdown) return before;
  const now = { markdown, page: renderMarkdown(markdown, linkFrom({ file, path })) };
  rendered.set(path, now);
  return now;
}

/** Undefined where the pages of this server have not been built. */
function pageOf(source: Source): Representation | undefined {
  const shell = docsShell();
  if (shell === undefined) return undefined;
  const kept = renderedOf(source);
  if (kept.made?.shell !== shell) {
    const isOfDocs = source.path.startsWith('/docs/');
    const asMarkdown = isOfDocs ? `${source.path.slice(1)}.md` : undefined;
    const html = docsDocument(shell, source.path, kept.page, asMarkdown);
    kept.made = { shell, answer: new Representation(Buffer.from(html), HTML) };
  }
  return kept.made.answer;
}

const texts = new Map<string, { at: number; text: string }>();

function textOf(file: string): string {
  const at = statSync(projectPath(file)).mtimeMs;
  const before = texts.get(file);
  if (before?.at === at) return before.text;
  const text = readFileSync(projectPath(file), 'utf8');
  texts.set(file, { at, text });
  return text;
}

let allPassages: Representation | undefined;

function passages(): Representation {
  allPassages ??= json({
    passages: docsPages().flatMap(({ path, title, file }) =>
      renderedOf({ path, file, markdown: textOf(file) }).page.passages.map(({ id, heading, text }) => ({
        page: title,
        path: `${path.slice(1)}#${id}`,
        heading,
        text: text.replaceAll(/\s+/g, ' ').trim(),
      })),
    ),
  });
  return allPassages;
}
