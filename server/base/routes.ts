import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkTile } from '../engine/grid.ts';
import { AppError } from '../errors.ts';
import { json, Representation, send } from '../http/answers/respond.ts';
import { MVT, TILE_RESPONSES } from '../http/answers/tile.ts';
import { baseUrl } from '../http/answers/urls.ts';
import { tileParams } from '../http/requests/params.ts';
import { route, type Route } from '../http/routes.ts';
import { projectPath } from '../tools/paths.ts';
import { baseStyle, FONT, THEMES } from './style.ts';
import { MAX_ZOOM, WorldTiles } from './world.ts';

/** A new edition of the data is a new version of the program. */
const CACHE = 'public, max-age=86400';

export interface BaseContext {
  readonly config: Parameters<typeof baseUrl>[0];
}

export function baseRoutes(ctx: BaseContext): Route[] {
  const world = new WorldTiles();
  return [
    route({
      method: 'get',
      path: '/base/style.json',
      tag: 'base map',
      summary: 'Land, water, borders and names of the world as a MapLibre style',
      query: z.object({
        theme: z
          .enum(THEMES, { error: 'light or dark' })
          .default('light')
          .meta({ description: 'Of the page around', example: 'dark' }),
      }),
      responses: { 200: { description: 'The style', content: { 'application/json': { type: 'object' } } } },
      handle: ({ query }, res, req) =>
        send(req, res, json(baseStyle(baseUrl(ctx.config, req), query.theme)), CACHE),
    }),
    route({
      method: 'get',
      path: '/base/glyphs/:fontstack/:range.pbf',
      tag: 'base map',
      summary: 'Letters of a font as signed distance fields, 256 at a time',
      params: z.object({
        fontstack: z.string().max(200).meta({ description: 'Fonts, the wanted one first', example: FONT }),
        range: z
          .string()
          .regex(/^\d{1,5}-\d{1,5}$/, 'two code points, 256 apart')
          .meta({ description: 'First and last letter', example: '0-255' }),
      }),
      responses: {
        200: {
          description: 'The letters',
          content: { 'application/x-protobuf': { type: 'string', format: 'binary' } },
        },
      },
      handle: async ({ params }, res, req) => {
        await send(req, res, glyphs(params.fontstack, params.range), CACHE);
      },
    }),
    route({
      method: 'get',
      path: '/base/:z/:x/:y.:format',
      tag: 'base map',
      summary: `A tile of the world: land, borders, places; up to zoom ${MAX_ZOOM}`,
      params: tileParams,
      responses: TILE_RESPONSES,
      handle: async ({ params }, res, req) => {
        const coord = checkTile(params);
        const body = coord.z > MAX_ZOOM ? Buffer.alloc(0) : world.tile(coord);
        if (body.length === 0) {
          res.setHeader('Cache-Control', CACHE);
          res.status(204).end();
          return;
        }
        await send(req, res, new Representation(body, MVT), CACHE);
      },
    }),
  ];
}

/** Of the first font of a stack that we have; letters that it lacks are no letters, not an error. */
function glyphs(stack: string, range: string): Representation {
  const known = readdirSync(projectPath('assets', 'glyphs'));
  const font = stack.split(',').find((name) => known.includes(name));
  if (font === undefined)
    throw new AppError('route_not_found', {
      detail: `there is no font ${stack.slice(0, 80)}; known: ${known.join()}`,
    });
  const file = projectPath('assets', 'glyphs', font, `${range}.pbf`);
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  return new Representation(bytes, 'application/x-protobuf');
}
