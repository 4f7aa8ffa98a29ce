import { z } from 'zod';
import { id, mapsPart, name, relation } from '../maps-part.ts';

const ZOOM = 'a whole number from 0 to 24';
const zoom = z.int(ZOOM).min(0, ZOOM).max(24, ZOOM);

const layer = z.strictObject({
  table: relation,
  geometry: name.optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  minzoom: zoom.optional(),
  maxzoom: zoom.optional(),
});

export type LayerConfig = z.output<typeof layer>;

/** `layers`: what the database cannot say of a layer. */
export interface LayerMaps {
  readonly layers: Readonly<Record<string, LayerConfig>>;
}

export const layerMaps = mapsPart<LayerMaps>({
  sections: (added) => ({ layers: z.record(id, layer.extend(added('layer'))).default({}) }),
});
