import { Readings } from '../choropleth/public.ts';
import { route, type Route } from '../http/routes.ts';
import { answer, formatParam, rootUrl } from './answers/answer.ts';
import { HTML_TYPE, JSON_TYPE, link, OPENAPI_TYPE } from './answers/links.ts';
import { apiRoute } from './api/route.ts';
import { collectionRoutes, JSON_OR_HTML } from './collections/routes.ts';
import { CONFORMANCE, EDITING } from './conformance.ts';
import type { OgcContext } from './context.ts';
import { itemRoutes } from './items/routes.ts';
import { schemaRoutes } from './schemas/routes.ts';
import { styleRoutes } from './styles/routes.ts';
import { tileRoutes } from './tiles/routes.ts';
import { TILESETS } from './tiles/tileset.ts';
import { Systems } from './place/systems.ts';

const RELATION = 'http://www.opengis.net/def/rel/ogc/1.0/';
const TITLE = 'Chorograph: layers and choropleths';

export function ogcRoutes(ctx: OgcContext): Route[] {
  const systems = new Systems(ctx.db);
  const readings = new Readings(ctx);
  return [
    route({
      method: 'get',
      path: '/ogc',
      tag: 'ogc',
      summary: 'OGC API: the landing page, which leads to everything else',
      query: formatParam,
      responses: { 200: { description: 'The landing page', content: JSON_OR_HTML } },
      handle: async ({ query }, res, req) => {
        const root = rootUrl(ctx, req);
        const links = [
          link('service-desc', `${root}/api`, OPENAPI_TYPE, 'This API as an OpenAPI 3.0 document'),
          link('service-doc', `${root}/api?f=html`, HTML_TYPE, 'This API as a page'),
          link('conformance', `${root}/conformance`, JSON_TYPE, 'The conformance classes that hold here'),
          link('data', `${root}/collections`, JSON_TYPE, 'The collections'),
          link(TILESETS, `${root}/tiles?f=json`, JSON_TYPE, 'The layers as vector tiles'),
          link(RELATION + 'tiling-schemes', `${root}/tileMatrixSets`, JSON_TYPE, 'The grids of tiles'),
          link(RELATION + 'styles', `${root}/styles`, JSON_TYPE, 'The styles of the choropleths'),
        ];
        const body = { title: TITLE, description: 'Features of layers, and regions with their values.' };
        await answer(ctx, req, res, { title: TITLE, f: query.f, body, links });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/conformance',
      tag: 'ogc',
      summary: 'OGC API: the conformance classes that hold here',
      query: formatParam,
      responses: { 200: { description: 'The classes', content: JSON_OR_HTML } },
      handle: ({ query }, res, req) => {
        const conformsTo = ctx.editing.any ? [...CONFORMANCE, ...EDITING] : CONFORMANCE;
        return answer(ctx, req, res, { title: 'Conformance', f: query.f, body: { conformsTo } });
      },
    }),
    apiRoute(ctx),
    ...collectionRoutes(ctx, systems),
    ...schemaRoutes(ctx),
    ...itemRoutes(ctx, systems, readings),
    ...tileRoutes(ctx, systems, readings),
    ...styleRoutes(ctx, readings),
  ];
}
