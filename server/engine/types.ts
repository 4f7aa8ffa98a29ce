export type { Bounds } from '../tools/bounds.ts';

/** A tile address in the Web Mercator grid (XYZ scheme, y grows southwards). */
export interface TileCoord {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** The square that a tile's geometry is cut to, in tile units: from −buffer to extent + buffer. */
export interface ClipBox {
  readonly min: number;
  readonly max: number;
}

/** From world coordinates to units of one tile: `position × scale`, rounded, less `left` or `top`. */
export interface TileUnits {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** What a Mapbox Vector Tile can hold. A NULL is left out, never written as 0 or ''. */
export type PropertyValue = string | number | boolean;
export type Properties = Readonly<Record<string, PropertyValue | null | undefined>>;

/** The values of a column by row: an array, or what knows them in less memory. */
export interface ColumnValues extends Iterable<PropertyValue | null> {
  readonly length: number;
  at(row: number): PropertyValue | null | undefined;
}

/** MVT geometry types. */
export const GeometryType = { point: 1, line: 2, polygon: 3 } as const;
export type GeometryType = (typeof GeometryType)[keyof typeof GeometryType];

/** One layer of a tile. A tile with several layers is the concatenation of their bytes. */
export interface EncodedLayer {
  /** A complete `Tile.layers` field; empty where the layer has no feature in this tile. */
  readonly bytes: Uint8Array;
  readonly features: number;
  /** True when a feature or byte cap left features out. */
  readonly truncated: boolean;
}

/** One feature as `encodeLayer` takes it: geometry from an engine, properties joined by the caller. */
export interface LayerFeature {
  /** MVT feature ids are unsigned: anything but a non-negative safe integer is left out. */
  readonly id?: number | undefined;
  readonly type: GeometryType;
  readonly commands: Uint8Array;
  readonly properties: Properties;
}
