import type { TableLayer } from '../../catalog/types.ts';
import type { TileIndex, TileIndexOptions } from '../cutting/tile-index.ts';
import type { AttributeTable } from '../encoding/attributes.ts';
import { MAX_ZOOM } from '../grid.ts';
import type { KeptLayer } from '../snapshots/kept.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import { attributeTable, idsOf, isKeptEncoded, type Rows } from './table.ts';

/** A layer whose geometry and attributes are in memory, as of one generation. */
export interface MemoryLayer extends Rows {
  /** The layer as the catalogue had it: its columns are those that `values` has. */
  readonly source: TableLayer;
  readonly token: string;
  readonly index: TileIndex;
  /** The attributes as tiles have them; undefined where there are too many to keep them twice. */
  readonly attributes: AttributeTable | undefined;
  /** How often it was used, also as of earlier generations: counted where it is looked up, at the price of an addition. */
  readonly uses: { count: number };
  /** The file on disk that has the same; undefined where none will have it. */
  readonly keptAs?: string | undefined;
}

/** What takes memory: it comes to be that of a file, which all processes have in common, while the layer is served. */
type Content = Pick<MemoryLayer, 'index' | 'values' | 'ids' | 'attributes'>;
export type Held = Omit<MemoryLayer, keyof Content> & { -readonly [Name in keyof Content]: Content[Name] };

/** What a layer is read as, from its table or its file. */
export type Taken = Pick<KeptLayer, 'index' | 'values' | 'rows'> & Partial<Pick<KeptLayer, 'encoded'>>;

/** A layer in memory, for who remembers which were asked for. */
export interface Use {
  readonly layer: TableLayer;
  readonly count: number;
  readonly vertices: number;
}

export interface MemoryOptions {
  /** Vertices that all layers together may hold; a layer larger than that is not loaded. */
  maxVertices: number;
  /** Tile units around the tile that are drawn too. */
  buffer: number;
  /** Bytes of cut outlines that a layer keeps: other columns, filters and values are joined to them. 32 MB where absent. */
  cutBytes?: number;
  /** Milliseconds that tiles wait for their layer to be read before PostGIS makes them instead; as long as it takes where absent. */
  patienceMs?: number;
  /** Where layers are kept for the next start; nowhere where absent. */
  snapshots?: Snapshots | undefined;
}

/** A layer that is in memory, or one that is on its way. */
export type Soon =
  | { readonly layer: MemoryLayer; readonly loading?: never }
  | { readonly layer?: never; readonly loading: Promise<MemoryLayer | undefined> };

export interface LayerLoaded {
  type: 'layer.loaded';
  layer: string;
  /** What it was read from: the disk has layers of an earlier run. */
  from: 'database' | 'disk';
  features: number;
  vertices: number;
  ms: number;
}

/** `layer.read_by_pool`: a thread was to read a large layer, and could not. */
export type MemoryEvent = LayerLoaded | { type: 'layer.read_by_pool'; layer: string; error: unknown };

/** How layers in memory are indexed. */
export function memoryIndexOptions({
  buffer,
  cutBytes: cacheBytes,
}: Pick<MemoryOptions, 'buffer' | 'cutBytes'>): TileIndexOptions {
  // Maps of regions need the collapsed ones; plain tiles leave them out.
  return { maxZoom: MAX_ZOOM, buffer, sharedBorders: true, keepCollapsed: true, cacheBytes };
}

/** What takes memory of a layer that was read. */
export function contentOf(source: TableLayer, { index, values, rows, encoded }: Taken): Content {
  const ids = idsOf(source, values);
  const attributes = isKeptEncoded({ rows, values })
    ? attributeTable(source, { values, ids, rows }, encoded)
    : undefined;
  return { index, values, ids, attributes };
}
