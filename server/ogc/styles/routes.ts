import { z } from 'zod';
import { styleDocument, type Choropleth, type Readings } from '../../choropleth/public.ts';
import { json, send } from '../../http/answers/respond.ts';
import { baseUrl, cacheControl } from '../../http/answers/urls.ts';
import { text } from '../../http/requests/params.ts';
import { route, type Route } from '../../http/routes.ts';
import { answer, formatParam, rootUrl } from '../answers/answer.ts';
import { HTML_TYPE, JSON_TYPE, link, type Link } from '../answers/links.ts';
import { JSON_OR_HTML } from '../collections/routes.ts';
import type { OgcContext } from '../context.ts';
import { askedAnswer } from '../items/choropleth-request.ts';

const STYLE = 'application/vnd.mapbox.style+json';
const styleParam = z.object({
  style: text(64).meta({
    description: 'Id of the style, which is its choropleth’s',
    example: 'us-unemployment',
  }),
});
const STYLES = { title: 'Styles', path: '/styles' };

/** Each choropleth as a style of MapLibre, with its legend. */
export function styleRoutes(ctx: OgcContext, readings: Readings): Route[] {
  return [
    route({
      method: 'get',
      path: '/ogc/styles',
      tag: 'ogc',
      summary: 'OGC API: the styles, one for each choropleth',
      query: formatParam,
      responses: { 200: { description: 'The styles', content: JSON_OR_HTML } },
      handle: async ({ query, sight }, res, req) => {
        const [root, base] = [rootUrl(ctx, req), baseUrl(ctx.config, req)];
        const styles = ctx.choropleths
          .seen(sight.ofRows)
          .flatMap(({ choropleth }) => (choropleth ? [choropleth] : []))
          .map((choropleth) => ({
            id: choropleth.id,
            title: choropleth.title,
            links: styleLinks(root, base, choropleth),
          }));
        await answer(ctx, req, res, { title: 'Styles', f: query.f, body: { styles }, links: [] });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/styles/:style',
      tag: 'ogc',
      summary: 'OGC API: a style of MapLibre that works by itself',
      params: styleParam,
      responses: { 200: { description: 'The style', content: { [STYLE]: { type: 'object' } } } },
      handle: async ({ params, sight }, res, req) => {
        const choropleth = ctx.choropleths.get(params.style, sight.ofRows);
        const { answer: made } = await askedAnswer(readings, choropleth, { extra: {}, sight }, req);
        await send(req, res, json(styleDocument(made, baseUrl(ctx.config, req)), STYLE), cacheControl(false));
      },
    }),
    route({
      method: 'get',
      path: '/ogc/styles/:style/metadata',
      tag: 'ogc',
      summary: 'OGC API: what a style is, with its stylesheet, legend and picture',
      params: styleParam,
      query: formatParam,
      responses: { 200: { description: 'The style’s metadata', content: JSON_OR_HTML } },
      handle: async ({ params, query, sight }, res, req) => {
        const { id, title, description } = ctx.choropleths.get(params.style, sight.ofRows);
        const [root, base] = [rootUrl(ctx, req), baseUrl(ctx.config, req)];
        const body = {
          id,
          title,
          ...(description ? { description } : {}),
          scope: 'style',
          stylesheets: [
            {
              title: 'MapLibre',
              version: '8',
              specification: 'https://maplibre.org/maplibre-style-spec/',
              native: true,
              link: link('stylesheet', `${root}/styles/${id}`, STYLE, 'The style'),
            },
          ],
        };
        const links = styleLinks(root, base, { id });
        await answer(ctx, req, res, { title, crumbs: [STYLES], f: query.f, body, links });
      },
    }),
  ];
}

function styleLinks(root: string, base: string, { id }: Pick<Choropleth, 'id'>): Link[] {
  const forms = `${base}/gis/choropleth/${id}`;
  return [
    link('stylesheet', `${root}/styles/${id}`, STYLE, 'The style, for MapLibre'),
    link('describedby', `${root}/styles/${id}/metadata`, JSON_TYPE, 'What it is'),
    link('legend', `${forms}/legend.svg`, 'image/svg+xml', 'The legend'),
    link('legend', `${forms}/legend.png`, 'image/png', 'The legend as a picture'),
    link('preview', `${forms}/map.png`, 'image/png', 'The map as a picture'),
    link('alternate', `${root}/styles/${id}/metadata?f=html`, HTML_TYPE, 'What it is, as a page'),
  ];
}
