import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../db/types.ts';
import { inTurns } from '../../tools/turns.ts';
import { indexTopology, type TileIndex, type TileIndexOptions } from '../cutting/tile-index.ts';
import type { Topology } from '../topology/topology.ts';
import type { Grid } from './grid.ts';
import { onPlane, unprojected } from './plane.ts';
import { project } from './projection.ts';

/** Vertices that are kept at least: projecting takes longer than cutting. */
const FEWEST_KEPT = 1_000_000;
/** Layers in grids that are kept at most, and bytes of cut tiles of each: finished tiles are kept elsewhere. */
const MOST_KEPT = 64;
const CUT_BYTES = 4_000_000;

/** Layers in memory on the planes of grids: projected once each, with their shared borders shared, and cut as any other. */
export class GridIndexes {
  readonly #db: Queryable;
  readonly #kept: LRUCache<string, TileIndex>;
  readonly #making = new Map<string, Promise<TileIndex>>();
  readonly #numbers = new WeakMap<Topology, number>();
  #last = 0;

  /** @param maxVertices that all of them together may have */
  constructor(db: Queryable, maxVertices: number) {
    this.#db = db;
    this.#kept = new LRUCache({ max: MOST_KEPT, maxSize: Math.max(FEWEST_KEPT, maxVertices) });
  }

  /** The index of what a layer's index has, on the plane of a grid: its "world" is the square of `depthOf`. */
  async of(source: TileIndex, grid: Grid, options: TileIndexOptions): Promise<TileIndex> {
    const { topology } = source;
    const number = this.#numbers.get(topology) ?? ++this.#last;
    this.#numbers.set(topology, number);
    const key = `${number} ${grid.key}`;
    const known = this.#kept.get(key);
    if (known) return known;
    let making = this.#making.get(key);
    if (!making) {
      making = this.#make(topology, grid, options).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
      making.then(
        (index) => this.#kept.set(key, index, { size: Math.min(this.#kept.maxSize, index.vertexCount + 1) }),
        () => {}, // told to who waits
      );
    }
    return making;
  }

  async #make(topology: Topology, grid: Grid, options: TileIndexOptions): Promise<TileIndex> {
    const within = await inTurns(unprojected(topology, grid));
    const projected = grid.isDegrees ? within.degrees : await project(this.#db, within.degrees, grid.srid);
    const plane = await inTurns(onPlane(within, projected, { grid, rows: topology.rows }));
    return indexTopology(plane, { ...options, isPlane: true, cacheBytes: CUT_BYTES });
  }
}
