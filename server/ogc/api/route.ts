import type { TableLayer } from '../../catalog/types.ts';
import { route, type Route } from '../../http/routes.ts';
import { packageVersion } from '../../tools/paths.ts';
import { answer, formatParam, rootUrl } from '../answers/answer.ts';
import { HTML_TYPE, OPENAPI_TYPE } from '../answers/links.ts';
import { collectionsOf } from '../collections/collections.ts';
import type { OgcContext } from '../context.ts';
import { matrixSetIds } from '../tiles/grids.ts';
import { apiDocument } from './document.ts';

export const apiRoute = (ctx: OgcContext): Route =>
  route({
    method: 'get',
    path: '/ogc/api',
    tag: 'ogc',
    summary:
      'OGC API: its paths as an OpenAPI 3.0 document, those of each collection with its own parameters',
    query: formatParam,
    responses: {
      200: {
        description: 'OpenAPI 3.0',
        content: { [OPENAPI_TYPE]: { type: 'object' }, [HTML_TYPE]: { type: 'string' } },
      },
    },
    handle: ({ query, sight }, res, req) => {
      const options = {
        server: rootUrl(ctx, req),
        version: packageVersion(),
        featuresMax: ctx.config.featuresMax,
        editing: (layer: TableLayer) => ctx.editing.of(layer),
        grids: matrixSetIds(ctx),
      };
      const body = apiDocument(collectionsOf(ctx, sight), options);
      return answer(ctx, req, res, { title: 'API', f: query.f, type: OPENAPI_TYPE, body });
    },
  });
