import { z } from 'zod';
import { mapsPart, name } from '../../maps-part.ts';

const pyramid = z.strictObject({
  below: z
    .int('a whole number from 1 to 18')
    .min(1, 'a whole number from 1 to 18')
    .max(18, 'a whole number from 1 to 18'),
  sum: z
    .array(name)
    .max(8, 'at most 8 columns')
    .refine((columns) => new Set(columns).size === columns.length, 'different columns')
    .default([]),
  countBy: name.optional(),
});

export type PyramidConfig = z.output<typeof pyramid>;

/** `layers.*.pyramid` */
export interface PyramidMaps {
  readonly layers: Readonly<Record<string, { readonly pyramid?: PyramidConfig | undefined }>>;
}

export const pyramidMaps = mapsPart<PyramidMaps>({
  adds: { layer: { pyramid: pyramid.optional() } },
  describes: {
    'layers.*.pyramid': 'Dense points added up into cells at low zooms',
    'layers.*.pyramid.below': 'Zoom from which the points themselves are shown',
    'layers.*.pyramid.sum': 'Columns that cells have the sums of',
    'layers.*.pyramid.countBy': 'Column that cells have counts by value of',
  },
});
