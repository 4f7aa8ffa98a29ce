/** A tile that took long to make, one layer of it. */
export interface SlowTile {
  readonly layer: string;
  readonly engine: string;
  readonly z: number;
  readonly x: number;
  readonly y: number;
  /** At its worst. */
  readonly ms: number;
  readonly bytes: number;
  /** When that was. */
  readonly at: string;
  /** How often it was among the slowest. */
  readonly times: number;
}

const HOUR_MS = 3_600_000;
const MOST = 20;

const isSame = (a: SlowTile, b: Omit<SlowTile, 'at' | 'times'>): boolean =>
  a.layer === b.layer && a.z === b.z && a.x === b.x && a.y === b.y && a.engine === b.engine;

/**
 * The slowest tiles of the last hour, each once. What is kept never grows, and a tile that is faster than all of them
 * costs one comparison.
 */
export class SlowestTiles {
  #tiles: SlowTile[] = [];
  /** Until when (ms) a tile that takes no longer than so many milliseconds is none of them: told of nearly every tile that is made. */
  #fast = { ms: -1, until: 0 };
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  add(made: Omit<SlowTile, 'at' | 'times'>): void {
    if (made.ms <= this.#fast.ms && this.#now() < this.#fast.until) return;
    const before = this.#tiles.find((tile) => isSame(tile, made));
    const { layer, engine, z, x, y, ms, bytes } = made;
    const now = { layer, engine, z, x, y, ms, bytes, at: new Date(this.#now()).toISOString(), times: 1 };
    const worse = before && before.ms >= ms && this.#isOfThisHour(before) ? before : now;
    const times = (before?.times ?? 0) + 1;
    this.#tiles = slowest([...this.list().filter((tile) => tile !== before), { ...worse, times }]);
    const last = this.#tiles[MOST - 1];
    this.#fast = last ? { ms: last.ms, until: Date.parse(last.at) + HOUR_MS } : { ms: -1, until: 0 };
  }

  /** The slowest first. */
  list(): SlowTile[] {
    return this.#tiles.filter((tile) => this.#isOfThisHour(tile));
  }

  #isOfThisHour({ at }: SlowTile): boolean {
    return this.#now() - Date.parse(at) < HOUR_MS;
  }
}

/** Those of several processes as one list: a tile that several made is there once, at its worst. Pure. */
export function slowest(tiles: readonly SlowTile[]): SlowTile[] {
  const all: SlowTile[] = [];
  for (const tile of [...tiles].sort((a, b) => b.ms - a.ms)) {
    const known = all.findIndex((other) => isSame(other, tile));
    if (known === -1) all.push(tile);
    else all[known] = { ...all[known]!, times: all[known]!.times + tile.times };
  }
  return all.slice(0, MOST);
}
