import type { CacheOutcome } from '../cache/response-cache.ts';
import type { Representation } from './respond.ts';

/** What is told of a tile that is sent. */
export interface TileTold {
  readonly cacheControl: string;
  readonly layers: string;
  readonly z: number;
  /** What `ctx.hot` knows the request as. */
  readonly asked?: string | undefined;
}

/** A tile that was had past Express. */
export interface TileNow extends TileTold {
  readonly tile: Representation;
  readonly cache: CacheOutcome;
  /** False where the URL carries what is not the tile's, such as an old generation: anybody could invent more. */
  readonly canonical: boolean;
}
