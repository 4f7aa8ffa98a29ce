import { integer, settings, type ConfigOf } from '../settings.ts';

export const tilesSettings = settings({
  environment: {
    CHOROGRAPH_TILE_BUFFER: integer(0, 1024).default(64),
    CHOROGRAPH_TILE_MAX_FEATURES: integer(1, 10_000_000).default(50_000),
    CHOROGRAPH_TILE_MAX_KB: integer(1, 1_000_000).default(5_000),
    CHOROGRAPH_TILE_CACHE_MB: integer(0, 1_000_000).default(128),
    CHOROGRAPH_CUT_CACHE_MB: integer(0, 100_000).default(32),
    CHOROGRAPH_MEMORY_VERTICES: integer(0, 1_000_000_000).default(2_000_000),
    CHOROGRAPH_MEMORY_WAIT_MS: integer(0, 600_000).default(50),
    CHOROGRAPH_START_LOADING_MS: integer(0, 600_000).default(2_000),
    CHOROGRAPH_SNAPSHOTS_MB: integer(0, 1_000_000).default(1_000),
  },
  read: (env) => ({
    /** Part of every tile's cache key, as it stands. */
    tile: {
      /** Tile units around the tile that are drawn too. */
      buffer: env.CHOROGRAPH_TILE_BUFFER,
      maxFeatures: env.CHOROGRAPH_TILE_MAX_FEATURES,
      maxBytes: env.CHOROGRAPH_TILE_MAX_KB * 1000,
      cacheBytes: env.CHOROGRAPH_TILE_CACHE_MB * 1_000_000,
    },
    /** Bytes of cut outlines that each layer in memory keeps, in all processes together; 0: none are. */
    cutBytes: env.CHOROGRAPH_CUT_CACHE_MB * 1_000_000,
    /** Vertices that all in-memory layers together may hold. */
    memoryVertices: env.CHOROGRAPH_MEMORY_VERTICES,
    /** How long a tile waits for its layer to be read before PostGIS makes it. */
    memoryWaitMs: env.CHOROGRAPH_MEMORY_WAIT_MS,
    /** How long a start waits for the layers that were asked for most; 0: for none, and nothing is remembered. */
    startLoadingMs: env.CHOROGRAPH_START_LOADING_MS,
    /** Bytes of layers on disk; 0: none are kept there. */
    snapshotBytes: env.CHOROGRAPH_SNAPSHOTS_MB * 1_000_000,
    /** Processes of the server, which serve the same layers: `shareOf` tells each of them. */
    processes: 1,
  }),
});

export type TilesConfig = ConfigOf<typeof tilesSettings>;
