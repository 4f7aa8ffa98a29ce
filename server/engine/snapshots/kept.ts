import { inTurns } from '../../tools/turns.ts';
import { indexTopology, type TileIndex, type TileIndexOptions } from '../cutting/tile-index.ts';
import type { MadeZooms } from '../cutting/bands.ts';
import type { EncodedAttributes } from '../encoding/attributes.ts';
import type { ColumnValues } from '../types.ts';
import { unpackLayer, unpackValues, type LayerHead } from './layer-file.ts';
import { unpack, type Packed } from './pack.ts';
import { isWhole } from './zooms.ts';

/** A layer from its file. */
export interface KeptLayer {
  readonly index: TileIndex;
  readonly values: ReadonlyMap<string, ColumnValues>;
  readonly rows: number;
  /** Its attributes as tiles have them, where they are kept so. */
  readonly encoded: EncodedAttributes | undefined;
  /** What it is kept by. */
  readonly keptAs: string;
  readonly zooms: MadeZooms;
  /** Whether all of it is there that takes long to make. */
  readonly isWhole: boolean;
}

/** The layer of a file's bytes, as views of them; undefined where they are not as they were written. */
export async function keptLayer(
  bytes: Uint8Array,
  options: TileIndexOptions,
): Promise<KeptLayer | undefined> {
  const packed = await inTurns(unpack<LayerHead>(bytes));
  return packed && layerOf(packed, options);
}

/** The layer of such arrays. */
export function layerOf(packed: Packed<LayerHead>, options: TileIndexOptions): KeptLayer {
  const { key: keptAs, rows, zooms } = packed.head;
  const { topology, made, encoded } = unpackLayer(packed);
  return {
    index: indexTopology(topology, options, made),
    values: unpackValues(packed.head, packed.sections),
    rows,
    encoded,
    keptAs,
    zooms: made.zooms,
    isWhole: isWhole(topology, zooms),
  };
}
