import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { checkTile } from '../engine/grid.ts';
import { text, tileParams, wholeNumber } from '../http/params.ts';
import { json, Representation, send } from '../http/respond.ts';
import { route, type Route, type RouteRequest } from '../http/routes.ts';
import { baseUrl, cacheControl } from '../http/urls.ts';
import { TILE_RESPONSES } from '../tiles/routes.ts';
import { Answers, type Answer } from './answer.ts';
import { classesDocument, featureCollectionText, summary, valuesDocument } from './document.ts';
import { choroplethParams, readChoroplethRequest } from './params.ts';
import { styleDocument } from './style.ts';
import { choroplethTile, choroplethTileJson } from './tile.ts';

const idParam = z.object({ id: text(64) });
const object = { type: 'object' };
const DEFAULT_OUTLINE_ZOOM = 5;
const DEFAULT_PRECISION = 4;

const featureParams = choroplethParams.extend({
  zoom: wholeNumber(0, 14)
    .default(DEFAULT_OUTLINE_ZOOM)
    .meta({ description: 'Map zoom whose detail the outlines have' }),
  precision: wholeNumber(0, 9)
    .default(DEFAULT_PRECISION)
    .meta({ description: 'Decimal places of the coordinates' }),
});

type FormRequest = RouteRequest<typeof idParam, typeof choroplethParams, undefined>;

export function choroplethRoutes(ctx: Context): Route[] {
  const answers = new Answers(ctx);
  const answerTo = ({
    params,
    query,
    extra,
  }: Pick<FormRequest, 'params' | 'query' | 'extra'>): Promise<Answer> =>
    answers.get(readChoroplethRequest(ctx.choropleths.get(params.id), query, extra));

  /** One form of a choropleth: made once per answer and base URL, sent from the cache after that. */
  const sendForm = async (
    req: Request,
    res: Response,
    request: FormRequest,
    form: { name: string; make: (answer: Answer, base: string) => Representation },
  ): Promise<void> => {
    const answer = await answerTo(request);
    const base = baseUrl(ctx.config, req);
    const { id } = answer.request.choropleth;
    const key = JSON.stringify([form.name, base, id, answer.version, answer.parameters]);
    const { answer: representation } = await ctx.cache.get(key, undefined, () =>
      Promise.resolve(form.make(answer, base)),
    );
    await send(req, res, representation, cacheControl(request.query.g === answer.version));
  };

  const jsonForm = (
    name: string,
    summaryText: string,
    make: (answer: Answer, base: string) => object,
  ): Route =>
    route({
      method: 'get',
      path: `/gis/choropleth/:id/${name}.json`,
      tag: 'choropleths',
      summary: summaryText,
      params: idParam,
      query: choroplethParams,
      openQuery: true,
      responses: { 200: { description: summaryText, content: { 'application/json': object } } },
      handle: (request, res, req) =>
        sendForm(req, res, request, { name, make: (answer, base) => json(make(answer, base)) }),
    });

  return [
    route({
      method: 'get',
      path: '/gis/choropleth',
      tag: 'choropleths',
      summary: 'Every choropleth, with its metrics, levels, dimensions and their values',
      responses: { 200: { description: 'The choropleths', content: { 'application/json': object } } },
      handle: async (_request, res, req) => {
        const base = baseUrl(ctx.config, req);
        const list = ctx.choropleths.all().map(async ({ id, title, choropleth, problem }) => {
          if (!choropleth) return { id, title, available: false, problem };
          const dimensions = choropleth.cube.dimensions.map(async (dimension) => ({
            id: dimension,
            values: await answers.dimensionValues(choropleth, dimension),
          }));
          return { ...summary(choropleth, base), dimensions: await Promise.all(dimensions) };
        });
        await send(req, res, json({ choropleths: await Promise.all(list) }), cacheControl(false));
      },
    }),
    route({
      method: 'get',
      path: '/gis/choropleth/:id',
      tag: 'choropleths',
      summary: 'The regions as GeoJSON with their values, classes and colours; dimensions filter by name',
      params: idParam,
      query: featureParams,
      openQuery: true,
      responses: {
        200: { description: 'A GeoJSON FeatureCollection', content: { 'application/geo+json': object } },
      },
      handle: (request, res, req) => {
        const { zoom, precision } = request.query;
        return sendForm(req, res, request, {
          name: `features/${zoom}/${precision}`,
          make: (answer) =>
            new Representation(
              Buffer.from(featureCollectionText(answer, zoom, precision)),
              'application/geo+json; charset=utf-8',
            ),
        });
      },
    }),
    jsonForm('classes', 'Class breaks with counts and colours', classesDocument),
    jsonForm('values', 'One value per region, to join by code', valuesDocument),
    jsonForm('style', 'A MapLibre style that works by itself', styleDocument),
    jsonForm('tiles', 'TileJSON 3.0 of the tiles with values', choroplethTileJson),
    route({
      method: 'get',
      path: '/gis/choropleth/:id/tiles/:z/:x/:y.:format',
      tag: 'choropleths',
      summary: 'A vector tile of the regions with their values and classes',
      params: idParam.extend(tileParams.shape),
      query: choroplethParams,
      openQuery: true,
      responses: TILE_RESPONSES,
      handle: async (request, res, req) => {
        const { z, x, y } = checkTile(request.params);
        const answer = await answerTo(request);
        const tile = await choroplethTile(ctx, answer, { z, x, y }, request.signal);
        await send(req, res, tile, cacheControl(request.query.g === answer.version));
      },
    }),
  ];
}
