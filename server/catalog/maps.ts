import { z } from 'zod';
import { caption, id, mapsPart, name, relation, type Added } from '../maps-part.ts';

const ZOOM = 'a whole number from 0 to 24';
const zoom = z.int(ZOOM).min(0, ZOOM).max(24, ZOOM);

/** An entry of `layers`, with what the capabilities add to it. */
const layer = (more: ReturnType<Added>) =>
  z
    .strictObject({
      table: relation.optional(),
      function: relation.optional(),
      geometry: name.optional(),
      /** Publishes a function that is declared VOLATILE; it cannot write all the same. */
      volatile: z.boolean().optional(),
      title: z.string().optional(),
      description: z.string().optional(),
      attribution: caption.optional(),
      minzoom: zoom.optional(),
      maxzoom: zoom.optional(),
      ...more,
    })
    .refine(
      (one) => (one.table === undefined) !== (one.function === undefined),
      'of either a table or a function',
    )
    .refine(
      (one) =>
        one.function === undefined || (one.geometry ?? (one as { pyramid?: unknown }).pyramid) === undefined,
      'without geometry and pyramid where it is of a function',
    )
    .refine(
      (one) => one.table === undefined || one.volatile === undefined,
      'without volatile where it is of a table',
    )
    .refine(({ minzoom = 0, maxzoom = 24 }) => minzoom <= maxzoom, 'with minzoom up to maxzoom');

export type LayerConfig = z.output<ReturnType<typeof layer>>;

/** `layers`: what the database cannot say of a layer. */
export interface LayerMaps {
  readonly layers: Readonly<Record<string, LayerConfig>>;
}

export const layerMaps = mapsPart<LayerMaps>({
  sections: (added) => ({ layers: z.record(id, layer(added('layer'))).default({}) }),
});
