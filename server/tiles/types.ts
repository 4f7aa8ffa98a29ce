import type { LayerFilter } from '../cql2/filter.ts';
import type { Layer } from '../catalog/types.ts';
import type { Grid } from '../engine/grids/grid.ts';
import type { RowTiles } from '../engine/memory/row-tiles.ts';
import type { EncodedLayer, TileCoord } from '../engine/types.ts';
import type { Sight } from '../sight/sight.ts';

export interface TileRequest {
  /** Layer ids, in drawing order. */
  layers: readonly string[];
  coord: TileCoord;
  /** The grid that `coord` is of; that of Web Mercator where absent. */
  grid?: Grid | undefined;
  columns: readonly string[] | undefined;
  /** Query parameters that name columns (equality filters) or a function's arguments. */
  query: Readonly<Record<string, string | string[]>>;
  /** What is public where absent. */
  sight?: Sight;
  signal?: AbortSignal;
}

/** What a plan is made of. */
export type PlanRequest = Pick<TileRequest, 'coord' | 'grid' | 'columns' | 'query' | 'sight'> & {
  /** What `filter=` says of the layer that is planned. */
  readonly where?: LayerFilter | undefined;
  /** Bytes that a tile of points made by PostGIS is thinned to, in a way that zooms and neighbours agree on. */
  readonly thinTo?: number | undefined;
};

/** One layer of a request with everything checked: the rest is work. */
export interface LayerPlan {
  layer: Layer;
  /** Those of the request's parameters that are this layer's. */
  query: TileRequest['query'];
  /** Everything that changes the bytes of this layer, besides the tile's address. */
  key: string;
  /** False where nothing tells that its data changed: then the bytes themselves make the ETag. */
  versioned: boolean;
  make: (coord: TileCoord, signal: AbortSignal) => Promise<MadeLayer>;
  /** What `make` gives where it is made of what is in memory, within a turn; undefined where it has to be waited for. */
  makeNow?: ((coord: TileCoord) => MadeLayer | undefined) | undefined;
  /** What `make` gives where it is made of what is in memory, in steps that others may come between; undefined where more has to be waited for. */
  makeInSteps?: ((coord: TileCoord) => Generator<void, MadeLayer> | undefined) | undefined;
  /** The same tiles as data, where the layer is in memory: for who makes many of them, in other threads. */
  rows?: (() => Promise<RowsOfMoment | undefined>) | undefined;
}

export interface RowsOfMoment {
  readonly rows: RowTiles;
  /** The generation of the data. */
  readonly token: string;
}

export interface MadeLayer extends EncodedLayer {
  /** Which engine made it. */
  engine: string;
  /** Media type of what is no vector tile. */
  type?: string;
  /** The ETag that a function gave its tile. */
  tag?: string;
  /** Made from data of another generation than the plan's key says: from newer, or older as the database is away. */
  stale?: boolean;
}
