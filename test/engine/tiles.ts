import type { Geometry } from 'geojson';
import { VectorTile } from '@mapbox/vector-tile';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { decodeCommands } from '../../server/engine/encoding/commands.ts';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { buildTileIndex } from '../../server/engine/cutting/tile-index.ts';
import type { TileIndex, TileIndexOptions } from '../../server/engine/cutting/tile-index.ts';
import {
  COLLAPSED,
  commandsOf,
  GeometryColumns,
  typeOf,
  type TileGeometry,
} from '../../server/engine/encoding/geometry.ts';
import type { GeometryType, TileCoord } from '../../server/engine/types.ts';

/** One feature of a tile. */
export interface EncodedGeometry {
  row: number;
  type: GeometryType;
  commands: Uint8Array;
  collapsed: boolean;
}

/** The columns of a tile as features. */
export function featuresOf(geometry: TileGeometry): EncodedGeometry[] {
  return Array.from({ length: geometry.length }, (_, i) => ({
    row: geometry.rows[i]!,
    type: typeOf(geometry.kinds[i]!),
    commands: commandsOf(geometry, i),
    collapsed: geometry.kinds[i]! >= COLLAPSED,
  }));
}

/** Features as the columns of a tile. */
export function geometryOf(
  features: readonly Pick<EncodedGeometry, 'row' | 'type' | 'commands'>[],
): TileGeometry {
  const columns = new GeometryColumns(features.length);
  let end = 0;
  for (const { row, type, commands } of features) columns.add(row, type, (end += commands.length));
  return columns.with(Buffer.concat(features.map(({ commands }) => commands)));
}

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
export function indexOf(
  geometries: (Geometry | null)[],
  options: Partial<TileIndexOptions> = {},
): TileIndex & { features(coord: TileCoord): EncodedGeometry[] } {
  const features = geometries.map((geometry) => ({ geometry }));
  const index = buildTileIndex(features, {
    maxZoom: 14,
    sharedBorders: true,
    keepCollapsed: false,
    ...options,
  });
  return { ...index, features: (coord) => featuresOf(index.tile(coord)) };
}
