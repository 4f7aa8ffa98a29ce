import { z } from 'zod';
import { boolean } from '../../http/requests/params.ts';
import { json } from '../../http/answers/respond.ts';
import { drawingParams, languageParams } from '../draw/params.ts';
import { pngOf, svgOf } from '../draw/raster.ts';
import { form, type Form } from '../forms/form.ts';
import { legendDocument } from './document.ts';
import { legendOf } from './model.ts';
import { legendSvg } from './svg.ts';

const legendParams = z.object({
  ...languageParams,
  histogram: boolean
    .default(false)
    .meta({ description: 'With a histogram of the values in class colours', example: 'true' }),
});

export const LEGEND_FORMS: readonly Form[] = [
  form({
    name: 'legend.json',
    summary: 'The legend: ranges as text, colours, counts, and the statuses that are no class',
    type: 'application/json',
    params: legendParams,
    ahead: true,
    make: ({ answer, query }) => json(legendDocument(answer, query)),
  }),
  form({
    name: 'legend.svg',
    summary: 'The legend as a drawing',
    type: 'image/svg+xml',
    params: legendParams,
    make: ({ answer, query }) => svgOf(legendSvg(legendOf(answer, query))),
  }),
  form({
    name: 'legend.png',
    summary: 'The legend as a picture',
    type: 'image/png',
    params: legendParams.extend({ scale: drawingParams.scale }),
    beside: true,
    make: ({ answer, query, client }) => pngOf(legendSvg(legendOf(answer, query)), client, query.scale),
  }),
];
