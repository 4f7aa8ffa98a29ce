import { route, type Route } from '../../http/routes.ts';
import { answer, formatParam, rootUrl } from '../answers/answer.ts';
import { HTML_TYPE, SCHEMA_TYPE } from '../answers/links.ts';
import { collectionOf, type Collection } from '../collections/collections.ts';
import { collectionUrl } from '../collections/describe.ts';
import { collectionParam, COLLECTIONS } from '../collections/routes.ts';
import type { OgcContext } from '../context.ts';
import { propertiesOf, sortableColumns, withReadOnly, type Properties } from './properties.ts';

interface Kind {
  readonly name: 'schema' | 'queryables' | 'sortables';
  readonly title: string;
  /** Those of a collection's properties that it is about. */
  of(collection: Collection): Properties;
}

/** What a collection says of the properties of its features, each as a JSON Schema of its own. */
export const SCHEMAS: readonly Kind[] = [
  { name: 'schema', title: 'What features have', of: propertiesOf },
  { name: 'queryables', title: 'What filters may name', of: propertiesOf },
  { name: 'sortables', title: 'What features can be ordered by', of: sortables },
];

function sortables(collection: Collection): Properties {
  const isSortable = (name: string, schema: Properties[string]): boolean =>
    collection.kind === 'choropleth'
      ? schema['x-ogc-role'] !== 'primary-geometry'
      : sortableColumns(collection.layer).some((column) => column.name === name);
  return Object.fromEntries(
    Object.entries(propertiesOf(collection)).filter(([name, schema]) => isSortable(name, schema)),
  );
}

export const schemaRoutes = (ctx: OgcContext): Route[] =>
  SCHEMAS.map(({ name, title, of }) =>
    route({
      method: 'get',
      path: `/ogc/collections/:collection/${name}`,
      tag: 'ogc',
      summary: `OGC API: ${title.toLowerCase()}, as a JSON Schema`,
      params: collectionParam,
      query: formatParam,
      responses: {
        200: {
          description: title,
          content: { [SCHEMA_TYPE]: { type: 'object' }, [HTML_TYPE]: { type: 'string' } },
        },
      },
      handle: async ({ params, query, sight }, res, req) => {
        const collection = collectionOf(ctx, params.collection, sight);
        const body = {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          $id: `${collectionUrl(rootUrl(ctx, req), collection)}/${name}`,
          type: 'object',
          title: collection.title,
          properties: name === 'schema' ? withReadOnly(ctx, collection, of(collection)) : of(collection),
          additionalProperties: false,
        };
        const crumbs = [
          COLLECTIONS,
          { title: collection.title, path: `/collections/${encodeURIComponent(collection.id)}` },
        ];
        await answer(ctx, req, res, { title, crumbs, f: query.f, type: SCHEMA_TYPE, body });
      },
    }),
  );
