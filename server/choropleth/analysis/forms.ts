import { z } from 'zod';
import { decimal, names, wholeNumber } from '../../http/requests/params.ts';
import { json } from '../../http/answers/respond.ts';
import { METHODS } from '../classify/index.ts';
import { SCHEMES } from '../color/index.ts';
import { languageParams } from '../draw/params.ts';
import { svgOf } from '../draw/raster.ts';
import { form, type Form } from '../forms/form.ts';
import { written } from '../forms/writing.ts';
import { bivariateLegendSvg } from './bivariate-legend.ts';
import { bivariateStyle } from './bivariate-style.ts';
import { bivariateDocument, bivariateOf } from './bivariate.ts';
import { lisaDocument, moranDocument } from './moran.ts';
import { smoothDocument, SMOOTHINGS } from './smooth.ts';

const automatic = METHODS.filter((method) => method !== 'manual');
const sequential = SCHEMES.filter(({ kind }) => kind === 'sequential').map(({ name }) => name);
const MAX_SEED = 2 ** 31 - 1;

const bivariateParams = z.object({
  vars: names(2)
    .refine((ids) => ids.length === 2, 'two different metrics separated by a comma')
    .meta({ description: 'The two metrics', example: 'total_pesantren,total_santri' }),
  dim: wholeNumber(2, 4).default(3).meta({ description: 'Classes per metric', example: '3' }),
  method: z
    .enum(automatic, { error: `one of ${automatic.join(', ')}` })
    .default('quantile')
    .meta({ description: 'How the breaks of both are placed', example: 'quantile' }),
  schemes: names(2)
    .refine(
      (list) => list.length === 2 && list.every((name) => sequential.includes(name)),
      `two of ${sequential.join(', ')}`,
    )
    .default(['Oranges', 'Blues'])
    .meta({ description: 'Ramps of the first and of the second metric', example: 'Reds,Blues' }),
});

const testParams = z.object({
  permutations: wholeNumber(99, 9999).optional().meta({
    description:
      'The least p-value is 2 / (permutations + 1); 999 where absent, fewer for more than 50,000 regions',
    example: '999',
  }),
  seed: wholeNumber(0, MAX_SEED)
    .default(1)
    .meta({ description: 'The same seed gives the same p-values', example: '7' }),
  smooth: z
    .enum(SMOOTHINGS, { error: `one of ${SMOOTHINGS.join(', ')}` })
    .optional()
    .meta({ description: 'eb tests empirical Bayes rates instead of raw ones; for ratios', example: 'eb' }),
});

export const ANALYSIS_FORMS: readonly Form[] = [
  form({
    name: 'bivariate.json',
    summary: 'Two metrics at once: the pair of classes of each region, and a colour for each pair',
    type: 'application/json',
    params: bivariateParams.extend(languageParams),
    make: async ({ answer, other, query, client }) =>
      written(bivariateDocument(await bivariateOf(answer, other, query, client), query.locale)),
  }),
  form({
    name: 'bivariate-legend.svg',
    summary: 'The legend of two metrics: a square of colours',
    type: 'image/svg+xml',
    params: bivariateParams.extend(languageParams),
    make: async ({ answer, other, query, client }) =>
      svgOf(bivariateLegendSvg(await bivariateOf(answer, other, query, client), query.locale)),
  }),
  form({
    name: 'bivariate-style.json',
    summary: 'A MapLibre style of two metrics',
    type: 'application/json',
    params: bivariateParams,
    make: async ({ answer, other, query, base, client }) =>
      json(bivariateStyle(await bivariateOf(answer, other, query, client), base)),
  }),
  form({
    name: 'moran.json',
    summary: "Global Moran's I: whether neighbouring regions are alike, tested by permutation",
    type: 'application/json',
    params: testParams,
    beside: true,
    make: async ({ answer, query, client }) => json(await moranDocument(answer, query, client)),
  }),
  form({
    name: 'lisa.json',
    summary: "Local Moran's I: clusters (HH, LL) and outliers (HL, LH), with the false discovery rate held",
    type: 'application/json',
    params: testParams.extend({
      alpha: decimal(0.001, 0.5)
        .default(0.05)
        .meta({ description: 'Accepted share of false discoveries', example: '0.01' }),
    }),
    beside: true,
    make: async ({ answer, query, client }) => written(await lisaDocument(answer, query, client)),
  }),
  form({
    name: 'smooth.json',
    summary: 'Rates of a ratio metric beside their empirical Bayes estimates',
    type: 'application/json',
    make: ({ answer }) => written(smoothDocument(answer)),
  }),
];
