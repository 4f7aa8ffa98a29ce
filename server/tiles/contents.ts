import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { DescribedLayer } from '../catalog/discovery/comments.ts';
import type { FunctionLayer } from '../catalog/types.ts';

/** What the tiles of a function hold. */
export interface Contents {
  /** Layers with their fields; none where the tiles are pictures, or nothing was found. */
  readonly layers: readonly DescribedLayer[];
  /** Media type of tiles that are no vector tiles. */
  readonly type?: string | undefined;
}

interface Found {
  tiles: number;
  type: string | undefined;
  readonly layers: Map<string, Map<string, string>>;
}

/** Tiles of a function that are looked into: what those have, others have too. */
const ENOUGH_TILES = 5;
/** Features per layer that are looked at for the types of their values. */
const ENOUGH_FEATURES = 200;

/** A function that is replaced is another layer, so what was found of it goes with it. */
const found = new WeakMap<FunctionLayer, Found>();

/** Remembers what a tile of a function holds. @param type media type of what is no vector tile */
export function noteTile(layer: FunctionLayer, bytes: Uint8Array, type: string | undefined): void {
  const known = found.get(layer) ?? { tiles: 0, type: undefined, layers: new Map() };
  found.set(layer, known);
  if (known.tiles >= ENOUGH_TILES) return;
  known.tiles++;
  known.type = type;
  if (type === undefined) addLayers(known, bytes);
}

function addLayers({ layers }: Found, bytes: Uint8Array): void {
  try {
    for (const [name, layer] of Object.entries(new VectorTile(new PbfReader(bytes)).layers)) {
      const fields = layers.get(name) ?? new Map<string, string>();
      layers.set(name, fields);
      for (let i = 0; i < Math.min(layer.length, ENOUGH_FEATURES); i++) {
        for (const [key, value] of Object.entries(layer.feature(i).properties))
          fields.set(key, typeName(value));
      }
    }
  } catch {
    // A tile that cannot be read is the business of who draws it.
  }
}

/** As TileJSON writes types. */
function typeName(value: unknown): string {
  return typeof value === 'number' ? 'Number' : typeof value === 'boolean' ? 'Boolean' : 'String';
}

/** What the tiles of a function that were made so far held; undefined before the first that held anything. */
export function notedContents(layer: FunctionLayer): Contents | undefined {
  const known = found.get(layer);
  if (!known) return undefined;
  const layers = [...known.layers].map(([id, fields]) => ({ id, fields: Object.fromEntries(fields) }));
  return { layers, type: known.type };
}
