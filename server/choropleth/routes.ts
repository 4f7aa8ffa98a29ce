import { z } from 'zod';
import { regionFilterParams } from './filter/params.ts';
import { checkTile } from '../engine/grid.ts';
import type { News } from '../generations/generations.ts';
import { turnOf } from '../http/requests/client.ts';
import { tileParams, wholeNumber } from '../http/requests/params.ts';
import { sendTile } from '../http/past-express/hot-path.ts';
import { json, send, type Representation } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import { baseUrl, cacheControl } from '../http/answers/urls.ts';
import { OPENED_TILE_RESPONSES, openedTile, openedTileParams } from '../http/answers/opened-tile.ts';
import { TILE_RESPONSES } from '../http/answers/tile.ts';
import { ANALYSIS_FORMS } from './analysis/forms.ts';
import type { Answer } from './answer.ts';
import { labelOf } from './definitions.ts';
import {
  classesDocument,
  featureCollection,
  summary,
  suppressedDocument,
  valuesDocument,
} from './forms/document.ts';
import { PICTURE_FORMS } from './draw/forms.ts';
import { answerTo, DIMENSIONS, form, formRoute, idParam, type Form } from './forms/form.ts';
import { Readings, type ReadingContext } from './reading.ts';
import { choroplethParams } from './request/params.ts';
import { CLIENT_FORMS } from './clients/forms.ts';
import { regionTile } from './clients/terria.ts';
import { spriteRoutes } from './forms/sprite-routes.ts';
import { styleDocument } from './forms/style.ts';
import { LEGEND_FORMS } from './legend/forms.ts';
import { TABLE_FORMS } from './tables/forms.ts';
import { tellTile, TilesOfAnswers } from './forms/now.ts';
import { choroplethTile, choroplethTileJson } from './forms/tile.ts';
import { written } from './forms/writing.ts';

const DEFAULT_OUTLINE_ZOOM = 5;
const DEFAULT_PRECISION = 4;

/** Every form of a choropleth; a new one is added here and nowhere else. */
export const FORMS: readonly Form[] = [
  form({
    name: '',
    filters: true,
    summary: 'The regions as GeoJSON with their values, classes and colours; dimensions filter by name',
    type: 'application/geo+json',
    params: z.object({
      zoom: wholeNumber(0, 14)
        .default(DEFAULT_OUTLINE_ZOOM)
        .meta({ description: 'Map zoom whose detail the outlines have', example: '4' }),
      precision: wholeNumber(0, 9)
        .default(DEFAULT_PRECISION)
        .meta({ description: 'Decimal places of the coordinates', example: '3' }),
    }),
    make: ({ answer, query }) => featureCollection(answer, query.zoom, query.precision),
  }),
  form({
    name: 'classes.json',
    summary: 'Class breaks with counts and colours',
    type: 'application/json',
    ahead: true,
    make: ({ answer }) => json(classesDocument(answer)),
  }),
  form({
    name: 'values.json',
    filters: true,
    summary: 'One value per region, to join by code',
    type: 'application/json',
    ahead: true,
    make: ({ answer }) => written(valuesDocument(answer)),
  }),
  form({
    name: 'style.json',
    filters: true,
    summary: 'A MapLibre style that works by itself',
    type: 'application/json',
    ahead: true,
    make: ({ answer, base }) => json(styleDocument(answer, base)),
  }),
  form({
    name: 'tiles.json',
    filters: true,
    summary: 'TileJSON 3.0 of the tiles with values',
    type: 'application/json',
    ahead: true,
    make: ({ answer, base }) => json(choroplethTileJson(answer, base)),
  }),
  ...LEGEND_FORMS,
  ...PICTURE_FORMS,
  ...TABLE_FORMS,
  ...ANALYSIS_FORMS,
  ...CLIENT_FORMS,
];

export interface RoutesContext extends ReadingContext {
  readonly keys: { require(scope: 'admin'): NonNullable<Route['access']> };
}

export function choroplethRoutes(ctx: RoutesContext): Route[] {
  const readings = new Readings(ctx);
  const tilesOfAnswers = new TilesOfAnswers(ctx);
  return [
    ...spriteRoutes(), // what the styles refer to
    route({
      method: 'get',
      path: '/gis/choropleth',
      tag: 'choropleths',
      summary: 'Every choropleth, with its metrics, levels, dimensions and their values',
      responses: {
        200: { description: 'The choropleths', content: { 'application/json': { type: 'object' } } },
      },
      handle: async ({ sight }, res, req) => {
        const base = baseUrl(ctx.config, req);
        const list = ctx.choropleths.seen(sight.ofRows).map(async ({ id, title, choropleth, problem }) => {
          if (!choropleth) return { id, title, available: false, problem };
          const { answers } = readings.of(id, sight);
          const dimensions = choropleth.cube.dimensions.map(async (dimension) => ({
            id: dimension,
            label: labelOf(choropleth.cube, dimension),
            values: await answers.dimensionValues(choropleth, dimension),
          }));
          return { ...summary(choropleth, base), dimensions: await Promise.all(dimensions) };
        });
        await send(req, res, json({ choropleths: await Promise.all(list) }), cacheControl(false));
      },
    }),
    ...FORMS.map((entry) => formRoute(ctx, readings, entry)),
    route({
      method: 'get',
      path: '/gis/choropleth/:id/suppressed.json',
      tag: 'choropleths',
      summary: 'Why each hidden region is hidden; needs a key of scope admin',
      params: idParam,
      query: choroplethParams,
      openQuery: DIMENSIONS,
      access: ctx.keys.require('admin'),
      responses: {
        200: { description: 'The hidden regions', content: { 'application/json': { type: 'object' } } },
      },
      handle: async ({ params, query, extra, sight }, res, req) => {
        const asked = { params, query, extra, client: turnOf(req, sight), sight };
        const answer = await answerTo(readings.of(params.id, sight), asked);
        await send(req, res, await written(suppressedDocument(answer)), 'no-store');
      },
    }),
    route({
      method: 'get',
      path: '/gis/choropleth/:id/tiles/:z/:x/:y.json', // before those of all formats
      tag: 'choropleths',
      summary: 'What such a tile holds, as JSON: bytes, attributes, and the first regions in degrees',
      params: idParam.extend(openedTileParams.shape),
      query: choroplethParams.extend(regionFilterParams.shape),
      openQuery: DIMENSIONS,
      responses: OPENED_TILE_RESPONSES,
      handle: async (request, res, req) => {
        const coord = checkTile(request.params);
        const { params, query, extra, sight } = request;
        const reading = readings.of(params.id, sight);
        const answer = await answerTo(reading, { params, query, extra, client: turnOf(req, sight), sight });
        const tile = await choroplethTile(reading.ctx, answer, coord, request);
        const isCurrent = answer.versioned && query.g === answer.version;
        await send(req, res, await openedTile(tile, coord), cacheControl(isCurrent));
      },
    }),
    route({
      method: 'get',
      path: '/gis/choropleth/:id/tiles/:z/:x/:y.:format',
      tag: 'choropleths',
      summary: 'A vector tile of the regions with their values and classes',
      params: idParam.extend(tileParams.shape),
      query: choroplethParams.extend(regionFilterParams.shape),
      openQuery: DIMENSIONS,
      responses: TILE_RESPONSES,
      handle: async (request, res, req) => {
        const epoch = ctx.epoch();
        const { z, x, y } = checkTile(request.params);
        const { params, query, extra, sight } = request;
        const reading = readings.of(params.id, sight);
        const asked = { params, query, extra, client: turnOf(req, sight), sight };
        const again = (news?: News): Promise<Answer> => answerTo(reading, asked, news);
        const of = { reading, answer: await again(), generation: query.g, again };
        const tile = await choroplethTile(reading.ctx, of.answer, { z, x, y }, request);
        tilesOfAnswers.keep(req.originalUrl, epoch, of, sight);
        await sendTile(ctx, req, res, tile, { epoch, ...tellTile(of, { z, x, y }, tile, req) });
      },
      now: ({ found: [, , z, x, y], req: { url = '', headers } }) =>
        tilesOfAnswers.tile(url, { z: Number(z), x: Number(x), y: Number(y) }, { headers }),
    }),
    route({
      method: 'get',
      path: '/gis/choropleth/:id/terria/:z/:x/:y.:format',
      tag: 'choropleths',
      summary: 'A vector tile of the regions as TerriaJS reads them, numbered from zero',
      params: idParam.extend(tileParams.shape),
      query: choroplethParams,
      openQuery: DIMENSIONS,
      responses: TILE_RESPONSES,
      handle: async ({ params, query, extra, sight }, res, req) => {
        const { z, x, y } = checkTile(params);
        const reading = readings.of(params.id, sight);
        const answer = await answerTo(reading, { params, query, extra, client: turnOf(req, sight), sight });
        const key = JSON.stringify(['terria', params.id, answer.parameters, answer.version, z, x, y]);
        const { versioned } = answer;
        const make = (): Promise<Representation> => regionTile(reading.ctx, answer, { z, x, y });
        const { answer: tile } = await reading.ctx.cache.get(key, undefined, make, { versioned });
        await send(req, res, tile, cacheControl(versioned && query.g === answer.version));
      },
    }),
  ];
}
