/** What the settings give to a server as a whole. */
interface Budgets {
  readonly pool: { readonly size: number };
  readonly tile: { readonly cacheBytes: number };
  readonly cutBytes: number;
  readonly processes: number;
}

/** A process that has a connection for tiles has another for what takes long. */
const FEWEST_CONNECTIONS = 2;

/** Connections that each of some processes may open, so that all have no more than one alone would. */
export const connectionsOf = (size: number, workers: number): number =>
  Math.max(Math.min(size, FEWEST_CONNECTIONS), Math.ceil(size / workers));

/** The configuration of one of some processes: connections and memory for answers and cut outlines are those of all of them together. */
export function shareOf<Whole extends Budgets>(config: Whole, workers: number): Whole {
  const { pool, tile, cutBytes } = config;
  return {
    ...config,
    pool: { ...pool, size: connectionsOf(pool.size, workers) },
    tile: { ...tile, cacheBytes: Math.floor(tile.cacheBytes / workers) },
    cutBytes: Math.floor(cutBytes / workers),
    processes: workers,
  };
}
