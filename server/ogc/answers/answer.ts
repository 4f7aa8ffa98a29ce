import type { Request, Response } from 'express';
import { z } from 'zod';
import { json, Representation, send } from '../../http/answers/respond.ts';
import { baseUrl, cacheControl } from '../../http/answers/urls.ts';
import type { OgcContext } from '../context.ts';
import { JSON_TYPE, ownLinks, type Format, type Link } from './links.ts';
import { htmlPage, type Crumb } from './page.ts';

/** Where `/ogc` is, without a slash at its end. */
export const rootUrl = (ctx: OgcContext, req: Request): string => `${baseUrl(ctx.config, req)}/ogc`;

/** The URL that was asked for, as this server's links begin. */
export function ownUrl(ctx: OgcContext, req: Request): string {
  const { pathname, search } = new URL(req.originalUrl, 'http://any.invalid');
  return baseUrl(ctx.config, req) + pathname + search;
}

export const formatParam = z.object({
  f: z
    .enum(['json', 'html'], { error: 'json or html' })
    .optional()
    .meta({ description: 'json or html; what Accept says where absent', example: 'json' }),
});

/** What is wanted: what `f` says, else a page where `Accept` prefers that. */
export function formatOf(req: Request, f: Format | undefined, type = JSON_TYPE): Format {
  if (f) return f;
  return req.accepts([type, JSON_TYPE, 'text/html']) === 'text/html' ? 'html' : 'json';
}

export interface Document {
  readonly title: string;
  /** Of the pages above it, from `/ogc` on. */
  readonly crumbs?: readonly Crumb[];
  readonly f: Format | undefined;
  /** Media type of the JSON. */
  readonly type?: string;
  /** The members besides `links`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Links besides `self` and `alternate`; undefined where the document has no place for links. */
  readonly links?: readonly Link[] | undefined;
}

/** Sends a document as JSON or as a page. */
export async function answer(
  ctx: OgcContext,
  req: Request,
  res: Response,
  { title, crumbs = [], f, type = JSON_TYPE, body, links }: Document,
): Promise<void> {
  const format = formatOf(req, f, type);
  const own = ownLinks(ownUrl(ctx, req), format, type);
  const document = links ? { ...body, links: [...own, ...links] } : body;
  res.vary('Accept');
  if (format === 'json') return send(req, res, json(document, type), cacheControl(false));
  const page = { title, root: rootUrl(ctx, req), crumbs, document, links: links ? undefined : own };
  await send(req, res, pageAnswer(page), cacheControl(false));
}

export const pageAnswer = (page: Parameters<typeof htmlPage>[0]): Representation =>
  new Representation(Buffer.from(htmlPage(page)), 'text/html; charset=utf-8');
