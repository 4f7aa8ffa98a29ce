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

export const pyramidMaps = mapsPart<PyramidMaps>({ adds: { layer: { pyramid: pyramid.optional() } } });
