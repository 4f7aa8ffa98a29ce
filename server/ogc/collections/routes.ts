import { z } from 'zod';
import { text } from '../../http/requests/params.ts';
import { route, type Route } from '../../http/routes.ts';
import { answer, formatParam, rootUrl } from '../answers/answer.ts';
import type { OgcContext } from '../context.ts';
import { CRS84, type Systems } from '../place/systems.ts';
import { collectionOf, collectionsOf } from './collections.ts';
import { describeCollection, itselfLinks } from './describe.ts';

export const collectionParam = z.object({
  collection: text(80).meta({ description: 'Id of the collection', example: 'us-airports' }),
});

export const JSON_OR_HTML = { 'application/json': { type: 'object' }, 'text/html': { type: 'string' } };

export function collectionRoutes(ctx: OgcContext, systems: Systems): Route[] {
  return [
    route({
      method: 'get',
      path: '/ogc/collections',
      tag: 'ogc',
      summary: 'OGC API: every collection, which are the layers and the choropleths',
      query: formatParam,
      responses: { 200: { description: 'The collections', content: JSON_OR_HTML } },
      handle: async ({ query, sight }, res, req) => {
        const root = rootUrl(ctx, req);
        const described = collectionsOf(ctx, sight).map(async (collection) => {
          const { links, ...about } = await describeCollection(ctx, systems, collection, { root, sight });
          return { ...about, links: [...itselfLinks(root, collection), ...links] };
        });
        const body = { collections: await Promise.all(described), crs: [CRS84.uri] };
        await answer(ctx, req, res, { title: 'Collections', f: query.f, body, links: [] });
      },
    }),
    route({
      method: 'get',
      path: '/ogc/collections/:collection',
      tag: 'ogc',
      summary: 'OGC API: one collection',
      params: collectionParam,
      query: formatParam,
      responses: { 200: { description: 'The collection', content: JSON_OR_HTML } },
      handle: async ({ params, query, sight }, res, req) => {
        const collection = collectionOf(ctx, params.collection, sight);
        const root = rootUrl(ctx, req);
        const { links, ...body } = await describeCollection(ctx, systems, collection, { root, sight });
        const crumbs = [COLLECTIONS];
        await answer(ctx, req, res, { title: collection.title, crumbs, f: query.f, body, links });
      },
    }),
  ];
}

export const COLLECTIONS = { title: 'Collections', path: '/collections' };
