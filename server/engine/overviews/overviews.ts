import { createHash } from 'node:crypto';
import type { Overviews, TableLayer } from '../../catalog/types.ts';
import { copyOf, mergedTable, wholeTable } from './copies.ts';

/** Raised when copies come to be made in another way. */
const FORMAT = 2;

/** Whether copies can be made: points do not simplify (they have pyramids), and a column of anything may hold some. */
export function canHaveOverviews({ geometry }: TableLayer): boolean {
  return /LINE|POLYGON|CURVE|SURFACE/.test(geometry.type);
}

/** What to ask for a tile. */
export interface Source {
  readonly layer: TableLayer;
  /** In it rows stand for others, too. */
  readonly merged: boolean;
  /** Its tile is there already. */
  readonly tiles?: Overviews | undefined;
}

/** What is asked of a layer. */
export interface Asked {
  readonly z: number;
  /** The layer's generation. */
  readonly token: string;
  /** `chosen` where a filter chooses them: what stands for many cannot tell which of them it would. */
  readonly rows: 'all' | 'chosen';
  /** Tile units around the tile; undefined where more is asked for than what most ask for. */
  readonly buffer: number | undefined;
}

/**
 * The copy for tiles of this zoom, where there is one of the layer's present generation, columns and geometry; else the
 * layer itself.
 */
export function overviewOr(layer: TableLayer, { z, token, rows, buffer }: Asked): Source {
  const { overviews } = layer;
  if (!overviews || !isCurrent(layer, token)) return { layer, merged: false };
  const tiles = overviews.made.includes(z) && overviews.buffer === buffer ? overviews : undefined;
  if (rows === 'all' && overviews.merged.includes(z)) {
    return { layer: copyOf(layer, mergedTable(overviews, z)), merged: true, tiles };
  }
  const zoom = overviews.zooms.find((highest) => highest >= z);
  const source = zoom === undefined ? layer : copyOf(layer, wholeTable(overviews, zoom));
  return { layer: source, merged: false, tiles };
}

/** Whether a layer's copies are of this generation, and made as they would be now. */
export function isCurrent(layer: TableLayer, token: string): boolean {
  return layer.overviews?.token === token && layer.overviews.definition === overviewDefinition(layer);
}

/** Zooms at which neighbours are put together in tiles of this generation. */
export function mergedZooms(layer: TableLayer, token: string): readonly number[] {
  return isCurrent(layer, token) ? (layer.overviews?.merged ?? []) : [];
}

const definitions = new WeakMap<TableLayer, string>();

/** Changes with everything that the copies are made by, besides the data. */
export function overviewDefinition(layer: TableLayer): string {
  let definition = definitions.get(layer);
  if (definition === undefined) {
    const { column, srid, type, isGeography } = layer.geometry;
    const columns = layer.columns.map(({ name, type: columnType }) => [name, columnType]);
    const parts = JSON.stringify([FORMAT, column, srid, type, isGeography, columns, layer.key]);
    definition = createHash('sha1').update(parts).digest('base64url');
    definitions.set(layer, definition);
  }
  return definition;
}
