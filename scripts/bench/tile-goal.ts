import { median, ms, percentile, table } from './report.ts';

/** What a tile of a large layer is to take at most, by the 99th percentile, and to weigh. */
export const TILE_GOAL = { ms: 15, bytes: 200_000 } as const;
/** How often a tile is asked for: what else the machine does meanwhile is not measured. */
const TIMES = 3;

export interface MeasuredTile {
  /** Of the first time. */
  readonly firstMs: number;
  /** Of the fastest of three. */
  readonly ms: number;
  readonly bytes: number;
}

/** One tile, asked for as often as it takes to see past what else the machine does. */
export async function measureTile(ask: () => Promise<number>, times = TIMES): Promise<MeasuredTile> {
  const took: number[] = [];
  let bytes = 0;
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    bytes = await ask();
    took.push(performance.now() - started);
  }
  return { firstMs: took[0] ?? NaN, ms: Math.min(...took), bytes };
}

/** Whether tiles are within the goal, by the fastest of three. */
export function isKept(tiles: readonly MeasuredTile[]): boolean {
  const slow = percentile(
    tiles.map((one) => one.ms),
    99,
  );
  return slow <= TILE_GOAL.ms && largest(tiles) <= TILE_GOAL.bytes;
}

/** Median, 99th percentile and largest of tiles, for a table. */
export function tileCells(tiles: readonly MeasuredTile[]): string[] {
  const took = tiles.map((one) => one.ms);
  return [ms(median(took)), ms(percentile(took, 99)), `${(largest(tiles) / 1000).toFixed(0)} kB`];
}

/** Prints the tiles of each zoom and of all together, what is over the goal in red, and whether it is kept. */
export function reportTiles(title: string, byZoom: ReadonlyMap<number, readonly MeasuredTile[]>): void {
  const { lines, missed } = againstGoal(byZoom);
  const red = new Set(lines.flatMap(([name], i) => (missed.includes(name) ? [i + 1] : [])));
  const cells = lines.map(([name, tiles]) => {
    const first = tiles.map(({ firstMs }) => firstMs);
    return [name, String(tiles.length), ...tileCells(tiles), ms(percentile(first, 99))];
  });
  table(title, [['', 'tiles', 'p50', 'p99', 'largest', 'p99 of the first time'], ...cells], red);
  const goal = `p99 ≤ ${TILE_GOAL.ms} ms and ≤ ${TILE_GOAL.bytes / 1000} kB at each zoom and of all`;
  console.log(missed.length === 0 ? `  ${goal}: kept` : `  ${goal}: MISSED at ${missed.join(', ')}`);
}

/** The tiles of each zoom and of all together, each under its name; and the names of those that are over the goal. */
export function againstGoal(byZoom: ReadonlyMap<number, readonly MeasuredTile[]>): {
  lines: [name: string, tiles: readonly MeasuredTile[]][];
  missed: string[];
} {
  const zooms = [...byZoom].map(([z, tiles]): [string, readonly MeasuredTile[]] => [`z${z}`, tiles]);
  const lines: [string, readonly MeasuredTile[]][] = [...zooms, ['all', [...byZoom.values()].flat()]];
  return { lines, missed: lines.filter(([, tiles]) => !isKept(tiles)).map(([name]) => name) };
}

function largest(tiles: readonly MeasuredTile[]): number {
  return Math.max(...tiles.map(({ bytes }) => bytes));
}
