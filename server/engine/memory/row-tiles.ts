import type { Caps } from '../encoding/caps.ts';
import { AttributeTable, type Attribute } from '../encoding/attributes.ts';
import { encodeRows } from '../encoding/rows.ts';
import { shownOf } from '../encoding/shown.ts';
import { indexTopology, type TileIndex, type TileIndexOptions } from '../cutting/tile-index.ts';
import type { MendedShapes } from '../mending/flat.ts';
import { apart } from '../topology/flat.ts';
import type { Topology } from '../topology/topology.ts';
import { atOnce } from '../../tools/turns.ts';
import type { PropertyValue, TileCoord } from '../types.ts';

/** Values of an attribute by row, the key that features have them under, and what the column is called here. */
export interface RowColumn {
  readonly name: string;
  readonly key: string;
  readonly values: readonly (PropertyValue | null | undefined)[];
}

/**
 * Everything that the tiles of rows in memory are made of, as data alone: another thread makes the very same bytes of it,
 * and all of them are of one moment.
 */
export interface RowTiles extends Caps {
  readonly name: string;
  readonly topology: Topology;
  readonly options: TileIndexOptions;
  readonly ids: readonly (number | undefined)[];
  readonly columns: readonly RowColumn[];
  /** Positions among `columns` of those that features have, in their order. */
  readonly chosen: readonly number[];
  /** 1 for each row that is shown; all are where absent. */
  readonly shown: Uint8Array | undefined;
  /** Whether polygons that are too small to see are drawn. */
  readonly withCollapsed: boolean;
}

/** Attributes as arrays of what their functions give. */
export function rowColumns(attributes: readonly Attribute[], rows: number): RowColumn[] {
  return attributes.map(([name, key, valueOf]) => ({
    name,
    key,
    values: Array.from({ length: rows }, (_, row) => valueOf(row)),
  }));
}

export const flatIndex = ({ topology }: TileIndex): Topology => apart(topology);

/** Every tile is made once. */
const KEEP_NOTHING = 1;

/** Makes the tiles of rows, one after the other. */
export class RowTileMaker {
  readonly #rows: RowTiles;
  readonly #index: TileIndex;
  readonly #attributes: AttributeTable;

  constructor(rows: RowTiles) {
    this.#rows = rows;
    const { topology } = rows;
    this.#index = indexTopology(topology, { ...rows.options, cacheBytes: KEEP_NOTHING });
    this.#attributes = new AttributeTable(
      rows.columns.map(({ name, key, values }): Attribute => [name, key, (row) => values[row]]),
      topology.rows,
    );
  }

  /** The bytes of the layer in a tile, none where it has nothing there. */
  tile(coord: TileCoord): Uint8Array {
    const { name, ids, chosen, shown: isShown, withCollapsed, maxFeatures, maxBytes } = this.#rows;
    const geometry = this.#index.tile(coord);
    const tests = isShown ? [(row: number): boolean => isShown[row] === 1] : [];
    const shown = atOnce(shownOf(geometry, tests, { withCollapsed }));
    const attributes = this.#attributes;
    return encodeRows({ name, geometry, shown, ids, attributes, columns: chosen, maxFeatures, maxBytes })
      .bytes;
  }

  /** What tiles of a zoom have in common and takes longest to make, for others that have the same rows. */
  mended(zoom: number): MendedShapes {
    return this.#index.mended(zoom);
  }

  adopt(zoom: number, mended: MendedShapes): void {
    this.#index.adopt(zoom, mended);
  }

  /** Whether anything may be seen in a tile or in those that it is divided into. */
  reaches(coord: TileCoord): boolean {
    return this.#index.reaches(coord);
  }
}
