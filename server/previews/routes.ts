import { z } from 'zod';
import { plainClasses, plainParams, type PlainClasses } from '../choropleth/public.ts';
import { checkTile } from '../engine/grid.ts';
import { baseUrl } from '../http/answers/urls.ts';
import { composite, TILE_RESPONSES } from '../http/answers/tile.ts';
import { json, send } from '../http/answers/respond.ts';
import { clientOf } from '../http/requests/client.ts';
import { text, tileParams } from '../http/requests/params.ts';
import { route, type Route } from '../http/routes.ts';
import type { HttpConfig } from '../http/settings.ts';
import { pathOf, previewStyle, previewTileJson } from './documents.ts';
import { MOST_BYTES, type Previews } from './previews.ts';
import { ID } from './shelf.ts';

export interface PreviewsContext {
  readonly config: HttpConfig;
  readonly previews: Previews;
  readonly keys: { require(scope: 'preview'): NonNullable<Route['access']> };
}

export const PREVIEW_TYPES = ['application/geo+json', 'application/json'];
/** What it shows never changes; whoever has its address may see it, and nobody on the way keeps it. */
const CACHE = 'private, max-age=600';
const EXAMPLE = 'q3Zr0mHc5dUe7Yv1sWb2Ag';

const id = z
  .string()
  .regex(ID, 'the id of a preview')
  .meta({ description: 'As the answer to POST /previews has it', example: EXAMPLE });
const params = z.object({ preview: id });
const column = text(200).meta({ description: 'A column of numbers', example: 'population' });
const classesQuery = plainParams.extend({ column });
const styleQuery = plainParams.extend({ column: column.optional() });
type Classing = z.output<typeof plainParams>;

const body = z.looseObject({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()).meta({ description: 'Features, in longitude and latitude on WGS 84' }),
});
const JSON_OBJECT = { 'application/json': { type: 'object' } };

export function previewRoutes({ config, keys, previews }: PreviewsContext): Route[] {
  const access = keys.require('preview');
  const classesOf = async (
    of: string,
    name: string,
    asked: Classing,
    client: string,
  ): Promise<PlainClasses> => plainClasses(await previews.values(of, name, client), asked, client);
  return [
    route({
      method: 'post',
      path: '/previews',
      tag: 'previews',
      summary: 'A GeoJSON as a map for an hour; nothing is written to the database',
      access,
      query: z.object({
        name: text(200).optional().meta({ description: 'What it is called', example: 'villages.geojson' }),
      }),
      body,
      takes: { types: PREVIEW_TYPES, maxBytes: MOST_BYTES, isStreamed: true },
      responses: {
        201: { description: 'Its TileJSON, and its address in Location', content: JSON_OBJECT },
        413: { description: 'More than 50 MB' },
        507: { description: 'More than all previews together may take' },
      },
      handle: async ({ query }, res, req) => {
        const kept = await previews.add(req, query.name, clientOf(req));
        res.setHeader('Location', pathOf(kept.id));
        res.setHeader('Cache-Control', 'no-store');
        res.status(201).json({ id: kept.id, ...previewTileJson(kept, baseUrl(config, req)) });
      },
    }),
    route({
      method: 'get',
      path: '/previews/:preview',
      tag: 'previews',
      summary: 'TileJSON of a preview, with what there is of each of its fields',
      params,
      responses: { 200: { description: 'TileJSON 3.0.0 and stats', content: JSON_OBJECT } },
      handle: async ({ params: { preview } }, res, req) =>
        send(req, res, json(previewTileJson(await previews.get(preview), baseUrl(config, req))), CACHE),
    }),
    route({
      method: 'get',
      path: '/previews/:preview/:z/:x/:y.:format',
      tag: 'previews',
      summary: 'A tile of a preview',
      params: tileParams.extend({ preview: id }),
      responses: TILE_RESPONSES,
      handle: async ({ params: { preview, z: zoom, x, y } }, res, req) => {
        const coord = checkTile({ z: zoom, x, y });
        await send(req, res, composite([await previews.tile(preview, coord, clientOf(req))]), CACHE);
      },
    }),
    route({
      method: 'get',
      path: '/previews/:preview/classes',
      tag: 'previews',
      summary: 'Values of a preview in classes, with the legend',
      params,
      query: classesQuery,
      responses: { 200: { description: 'Classes, their colours and labels', content: JSON_OBJECT } },
      handle: async ({ params: { preview }, query }, res, req) => {
        const classes = await classesOf(preview, query.column, query, clientOf(req));
        await send(req, res, json({ column: query.column, ...classes }), CACHE);
      },
    }),
    route({
      method: 'get',
      path: '/previews/:preview/style.json',
      tag: 'previews',
      summary: 'A MapLibre style of a preview, in classes of a column where one is named',
      params,
      query: styleQuery,
      responses: { 200: { description: 'A MapLibre style', content: JSON_OBJECT } },
      handle: async ({ params: { preview }, query }, res, req) => {
        const { column: name, theme = 'light' } = query;
        const colored =
          name === undefined
            ? {}
            : { column: name, classes: await classesOf(preview, name, query, clientOf(req)) };
        const kept = await previews.get(preview);
        await send(req, res, json(previewStyle(kept, baseUrl(config, req), { theme, ...colored })), CACHE);
      },
    }),
    route({
      method: 'delete',
      path: '/previews/:preview',
      tag: 'previews',
      summary: 'Removes a preview before its hour is over',
      access,
      params,
      responses: { 204: { description: 'It is gone' } },
      handle: async ({ params: { preview } }, res) => {
        await previews.remove(preview);
        res.setHeader('Cache-Control', 'no-store');
        res.status(204).end();
      },
    }),
  ];
}
