import type { Geometry } from 'geojson';
import { VectorTile } from '@mapbox/vector-tile';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { decodeCommands } from '../../server/engine/encoding/commands.ts';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { buildTileIndex } from '../../server/engine/cutting/tile-index.ts';
import type { TileIndex, TileIndexOptions } from '../../server/engine/cutting/tile-index.ts';
import type { EncodedGeometry } from '../../server/engine/encoding/geometry.ts';

/** Encodes geometry as the layer "test", ids being rows, and decodes it with another's decoder. */
export function decoded(geometry: readonly EncodedGeometry[]): Map<number, VectorTileFeature> {
  const features = geometry.map(({ row, type, commands }) => ({ id: row, type, commands, properties: {} }));
  const { bytes } = encodeLayer({ name: 'test', features });
  const layer = new VectorTile(new PbfReader(bytes)).layers['test'];
  const found = new Map<number, VectorTileFeature>();
  for (let i = 0; i < (layer?.length ?? 0); i++) {
    const feature = layer!.feature(i);
    found.set(feature.id!, feature);
  }
  return found;
}

/** The rings or lines of a feature as x, y, x, y, … */
export function chainsOf(geometry: readonly EncodedGeometry[], row: number): number[][] {
  const found = geometry.find((one) => one.row === row);
  return found ? decodeCommands(found.commands) : [];
}

/** Area in square units; holes count as negative. */
export function areaOf(chains: readonly (readonly number[])[]): number {
  return chains.reduce((sum, chain) => {
    let twice = 0;
    for (let i = 0; i < chain.length; i += 2) {
      const next = (i + 2) % chain.length;
      twice += chain[i]! * chain[next + 1]! - chain[next]! * chain[i + 1]!;
    }
    return sum + twice / 2;
  }, 0);
}

/** Distance from a position to the nearest edge of a ring. */
export function distanceToRing(x: number, y: number, ring: readonly number[]): number {
  let nearest = Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    const dx = ring[next]! - ring[i]!;
    const dy = ring[next + 1]! - ring[i + 1]!;
    const along = ((x - ring[i]!) * dx + (y - ring[i + 1]!) * dy) / (dx * dx + dy * dy);
    const t = Math.max(0, Math.min(1, along));
    nearest = Math.min(nearest, Math.hypot(x - ring[i]! - t * dx, y - ring[i + 1]! - t * dy));
  }
  return nearest;
}

/** An index over geometries with the options that most tests want. */
export function indexOf(geometries: (Geometry | null)[], options: Partial<TileIndexOptions> = {}): TileIndex {
  const features = geometries.map((geometry) => ({ geometry }));
  return buildTileIndex(features, { maxZoom: 14, sharedBorders: true, keepCollapsed: false, ...options });
}
