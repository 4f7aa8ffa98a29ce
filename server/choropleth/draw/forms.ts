import { z } from 'zod';
import { invalidParameter } from '../../errors.ts';
import { bbox, boolean, wholeNumber } from '../../http/requests/params.ts';
import { describeAnswer } from '../forms/document.ts';
import { form, type Form } from '../forms/form.ts';
import { drawingParams, languageParams } from './params.ts';
import type { ChoroplethContext as Context } from '../context.ts';
import type { Answer } from '../answer.ts';
import { loadRegions, type Regions } from '../regions/regions.ts';
import { json } from '../../http/answers/respond.ts';
import { placesOf } from './places.ts';
import { drawingOf } from './drawing.ts';
import type { PictureOptions } from './options.ts';
import { PROJECTIONS } from './geometry/projection.ts';
import { pictureOf, type PictureSource } from './raster.ts';

/** Pixels of a PNG, all together: each takes four bytes while it is drawn. */
const MOST_PIXELS = 8_000_000;

const pictureParams = z.object({
  width: wholeNumber(64, 4096).default(960).meta({ description: 'Pixels', example: '800' }),
  height: wholeNumber(64, 4096).default(600).meta({ description: 'Pixels', example: '500' }),
  bbox: bbox
    .refine(([west, south, east, north]) => west !== east && south < north, 'a box with an area')
    .optional()
    .meta({
      description: 'west,south,east,north in degrees; all regions where absent',
      example: '95,-11,141,6',
    }),
  projection: z
    .enum(PROJECTIONS, { error: `one of ${PROJECTIONS.join(', ')}` })
    .default('equal-area')
    .meta({ description: 'equal-area keeps the areas of regions comparable', example: 'mercator' }),
  bare: boolean
    .default(false)
    .meta({ description: 'Only the map, without title, legend and source', example: 'true' }),
  ...languageParams,
});

export const PICTURE_FORMS: readonly Form[] = [
  form({
    name: 'places.json',
    summary: 'What lies far from the mainland, by name and box: where a map looks to show all of the regions',
    type: 'application/json',
    make: async ({ ctx, answer }) =>
      json({ ...describeAnswer(answer), ...placesOf(answer, await parentsOf(ctx, answer)) }),
  }),
  form({
    name: 'map.svg',
    summary: 'The map as a drawing, with title, legend and source; regions say their name and value',
    type: 'image/svg+xml',
    params: pictureParams,
    beside: true,
    make: async ({ ctx, answer, query, client }) =>
      pictureOf(await sourceOf(ctx, answer, { ...query, named: true }), client, 'svg'),
  }),
  form({
    name: 'map.pdf',
    summary: 'The map as a page to print: lines and letters, a point for each pixel of the drawing',
    type: 'application/pdf',
    params: pictureParams,
    beside: true,
    make: async ({ ctx, answer, query, client }) =>
      pictureOf(await sourceOf(ctx, answer, { ...query, named: false }), client, 'pdf'),
  }),
  form({
    name: 'map.png',
    summary: 'The map as a picture, with title, legend and source',
    type: 'image/png',
    params: pictureParams.extend({ scale: drawingParams.scale }),
    beside: true,
    make: async ({ ctx, answer, query, client }) => {
      const { width, height, scale } = query;
      const pixels = width * height * scale ** 2;
      if (pixels > MOST_PIXELS) {
        const expected = `small enough for ${MOST_PIXELS} pixels: width × height × scale² is ${pixels}`;
        throw invalidParameter('height', height, expected);
      }
      return pictureOf(await sourceOf(ctx, answer, { ...query, named: false }), client, { scale });
    },
  }),
];

/** The regions one level up, where there are some. */
async function parentsOf(
  ctx: Context,
  { request: { level, choropleth } }: Answer,
): Promise<Regions | undefined> {
  const set = choropleth.levels.find(({ id }) => id === level.parent?.set);
  return set && (await loadRegions(ctx, set));
}

async function sourceOf(ctx: Context, answer: Answer, options: PictureOptions): Promise<PictureSource> {
  const parents = await parentsOf(ctx, answer);
  return {
    drawing: drawingOf(answer, options, parents),
    layer: answer.regions.layer,
    parents: parents?.layer,
  };
}
