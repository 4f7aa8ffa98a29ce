import type GeoJSONVT from 'geojson-vt';
import type { LayerFeature } from '../types.ts';
import { encodeCommands } from './commands.ts';

export type VtFeature = NonNullable<ReturnType<GeoJSONVT['getTile']>>['features'][number];
type Position = [number, number];

/** A feature of a tile that geojson-vt cut, as `encodeLayer` takes it. */
export function fromVt({ id, type, geometry, tags }: VtFeature): LayerFeature {
  // Points come as positions, all else as chains of them; rings repeat their first position.
  const least = { 1: 2, 2: 4, 3: 6 }[type];
  const chains = (
    type === 1
      ? [(geometry as Position[]).flat()]
      : (geometry as Position[][]).map((chain) => (type === 3 ? chain.slice(0, -1) : chain).flat())
  ).filter((chain) => chain.length >= least);
  return {
    ...(typeof id === 'number' && { id }),
    type: type as LayerFeature['type'],
    commands: encodeCommands(type as LayerFeature['type'], chains),
    properties: (tags ?? {}) as LayerFeature['properties'],
  };
}
