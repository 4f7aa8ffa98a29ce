import { z } from 'zod';
import { mapsPart } from '../../maps-part.ts';

/** `layers.*.auto` */
export interface AutoMaps {
  readonly layers: Readonly<Record<string, { readonly auto?: boolean | undefined }>>;
}

export const autoMaps = mapsPart<AutoMaps>({
  adds: { layer: { auto: z.boolean('true or false').optional() } },
  describes: {
    'layers.*.auto': 'false: no cells or generalized copies are made of it without being asked for',
  },
});
