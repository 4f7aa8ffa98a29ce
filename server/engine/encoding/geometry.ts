import type { GeometryType } from '../types.ts';

/**
 * The geometry of one feature in one tile, already as MVT commands in protobuf's packed form. It names its
 * place among the bytes of its tile: a view of its own for each point of a large tile takes more time and
 * memory than all the rest of it.
 */
export class EncodedGeometry {
  /** Position of the feature in the source that the index was built from. */
  readonly row: number;
  readonly type: GeometryType;
  /** The commands of all features of the tile. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** A polygon too small to see, drawn as one square unit: for maps from which no region may vanish. */
  readonly collapsed: boolean;

  constructor(
    row: number,
    type: GeometryType,
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    collapsed = false,
  ) {
    this.row = row;
    this.type = type;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.collapsed = collapsed;
  }

  /** The bytes of MVT's `Feature.geometry` field, without tag and length: a view, made when asked for. */
  get commands(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}
