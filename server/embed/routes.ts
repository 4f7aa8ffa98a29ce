import type { Response } from 'express';
import { z } from 'zod';
import { choroplethParams, readChoroplethRequest } from '../choropleth/public.ts';
import { AppError } from '../errors.ts';
import { json, Representation, send } from '../http/answers/respond.ts';
import { baseUrl, cacheControl } from '../http/answers/urls.ts';
import { text, wholeNumber } from '../http/requests/params.ts';
import { readParams, route, type Route } from '../http/routes.ts';
import type { EmbedContext } from './context.ts';
import { embedUrl, oembedDocument, wantedBy } from './oembed.ts';
import { embedPage } from './page.ts';

const DIMENSIONS = { example: { tahun: '2024' } };
const idParam = z.object({
  choropleth: text(64).meta({ description: 'Id of the choropleth', example: 'pesantren-provinsi' }),
});
const oembedParams = z.object({
  url: text(4000).meta({
    description: 'Address of a map: of /embed/{choropleth}, or of the explorer',
    example: '/embed/us-unemployment',
  }),
  format: text(10).default('json').meta({ description: 'json; there is no other', example: 'json' }),
  maxwidth: pixels('Width').optional(),
  maxheight: pixels('Height').optional(),
});

function pixels(what: string) {
  return wholeNumber(1, 100_000).meta({
    description: `${what} of the frame in pixels at most`,
    example: '640',
  });
}

export function embedRoutes(ctx: EmbedContext): Route[] {
  return [
    route({
      method: 'get',
      path: '/embed/:choropleth',
      tag: 'embed',
      summary: 'A choropleth as a page for the frame of another page; parameters as those of the choropleth',
      params: idParam,
      query: choroplethParams,
      openQuery: DIMENSIONS,
      responses: { 200: { description: 'The page', content: { 'text/html': { type: 'string' } } } },
      handle: async ({ params, query, extra, sight }, res, req) => {
        const choropleth = ctx.choropleths.get(params.choropleth, sight.ofRows);
        // What is wrong is told before there is a page that cannot draw it.
        readChoroplethRequest(choropleth, query, extra);
        const { id, title, description = title } = choropleth;
        const search = new URL(req.originalUrl, 'http://any').search;
        const base = baseUrl(ctx.config, req);
        const own = embedUrl({ id, query: new URLSearchParams(search) }, base);
        const oembed = `${base}/oembed?format=json&url=${encodeURIComponent(own)}`;
        const html = await embedPage({ id, title, description, search, oembed });
        letIn(res, ctx.config.embedOrigins);
        // The page names the host that was asked.
        res.vary('Host');
        await send(
          req,
          res,
          new Representation(Buffer.from(html), 'text/html; charset=utf-8'),
          cacheControl(false),
        );
      },
    }),
    route({
      method: 'get',
      path: '/oembed',
      tag: 'embed',
      summary: 'oEmbed 1.0: the frame that shows an address of this server',
      query: oembedParams,
      responses: {
        200: { description: 'The frame', content: { 'application/json': { type: 'object' } } },
        404: { description: 'The address is of no map that is shown here' },
        501: { description: 'No such format' },
      },
      handle: async ({ query, sight }, res, req) => {
        if (query.format !== 'json')
          throw new AppError('format_unavailable', { detail: 'oEmbed is answered as json' });
        const base = baseUrl(ctx.config, req);
        const wanted = wantedBy(query.url, base);
        const choropleth = ctx.choropleths.get(wanted.id, sight.ofRows);
        const { known, extra } = parametersOf(wanted.query);
        readChoroplethRequest(choropleth, readParams(choroplethParams, known), extra);
        const { title } = choropleth;
        await send(req, res, json(oembedDocument(wanted, { title, base }, query)), cacheControl(false));
      },
    }),
  ];
}

/** The headers that keep pages of this server out of frames, for one that is made for them. */
function letIn(res: Response, origins: readonly string[]): void {
  const policy = String(res.getHeader('Content-Security-Policy') ?? '');
  const ancestors = origins.length > 0 ? origins.join(' ') : "'none'";
  res.setHeader(
    'Content-Security-Policy',
    policy.replace(/frame-ancestors [^;]*/, () => `frame-ancestors ${ancestors}`),
  );
  res.removeHeader('X-Frame-Options');
}

function parametersOf(query: URLSearchParams) {
  const known: Record<string, string> = {};
  const extra: Record<string, string | string[]> = {};
  for (const name of new Set(query.keys())) {
    const [first = '', ...more] = query.getAll(name);
    if (name in choroplethParams.shape) known[name] = first;
    else extra[name] = more.length > 0 ? [first, ...more] : first;
  }
  return { known, extra };
}
