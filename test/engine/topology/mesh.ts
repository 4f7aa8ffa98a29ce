import type { Polygon, Position } from 'geojson';

/**
 * A made-up country for tests: a grid of regions with crooked common borders, an enclave inside the
 * first region, an island, and the sea around it all as a region of its own, so that every place
 * between the sea's bounds belongs to exactly one region.
 */
export interface Mesh {
  /** Row by row from the north-west: columns × rows regions, then the enclave, the island and the sea. */
  readonly regions: Polygon[];
  readonly enclave: number;
  readonly island: number;
  readonly sea: number;
}

export interface MeshOptions {
  readonly columns: number;
  readonly rows: number;
  /** Corner of the grid, and the size of a region, in degrees. */
  readonly west: number;
  readonly south: number;
  readonly cell: number;
  /** Vertices of each border between two corners. */
  readonly detail: number;
  readonly seed: number;
  /** Bounds of the sea in degrees. */
  readonly sea?: readonly [west: number, south: number, east: number, north: number];
}

export function buildMesh(options: MeshOptions): Mesh {
  const { columns, rows, west, south, cell, detail } = options;
  const random = randomFrom(options.seed);
  const jitter = (size: number): number => (random() - 0.5) * size * cell;
  const corners = Array.from({ length: rows + 1 }, (_, r) =>
    Array.from({ length: columns + 1 }, (_, c): Position => {
      return [west + c * cell + jitter(0.4), south + r * cell + jitter(0.4)];
    }),
  );
  // Waves and ripples sideways only, and less so towards the ends: a border must not cross itself or another.
  const border = ([ax, ay]: Position, [bx, by]: Position): Position[] => {
    const dx = bx! - ax!;
    const dy = by! - ay!;
    const [phase, otherPhase] = [random() * 7, random() * 7];
    const between = Array.from({ length: detail }, (_, i): Position => {
      const along = (i + 1) / (detail + 1);
      const wave = 0.06 * Math.sin(phase + 9 * along) + 0.02 * Math.sin(otherPhase + 40 * along);
      const aside = (wave + 0.003 * (random() - 0.5)) * Math.sin(Math.PI * along);
      return [ax! + dx * along - dy * aside, ay! + dy * along + dx * aside];
    });
    return [[ax!, ay!], ...between, [bx!, by!]];
  };
  const across = corners.map((line) => line.slice(1).map((corner, c) => border(line[c]!, corner)));
  const upwards = corners.slice(1).map((line, r) => line.map((corner, c) => border(corners[r]![c]!, corner)));

  const grid: Polygon[] = [];
  for (let r = rows - 1; r >= 0; r--) {
    for (let c = 0; c < columns; c++) {
      const ring = join(across[r]![c]!, upwards[r]![c + 1]!, back(across[r + 1]![c]!), back(upwards[r]![c]!));
      grid.push(polygon(ring));
    }
  }
  const outside = join(
    ...across[0]!,
    ...upwards.map((line) => line[columns]!),
    ...back(across[rows]!).map(back),
    ...back(upwards.map((line) => line[0]!)).map(back),
  );
  // Each ring starts at another vertex than its counterpart: a border is the same wherever it begins.
  const enclave = circle(west + 0.5 * cell, south + (rows - 0.5) * cell, 0.15 * cell, 4 * detail);
  grid[0]!.coordinates.push(turned(back(enclave), 3));
  const island = circle(west - cell, south + cell, 0.2 * cell, 2 * detail);
  const [seaWest, seaSouth, seaEast, seaNorth] = options.sea ?? [-180, -85, 180, 85];
  const sea = polygon([
    [seaWest, seaSouth],
    [seaEast, seaSouth],
    [seaEast, seaNorth],
    [seaWest, seaNorth],
    [seaWest, seaSouth],
  ]);
  sea.coordinates.push(turned(back(outside), 5), turned(back(island), 2));
  const count = columns * rows;
  return {
    regions: [...grid, polygon(enclave), polygon(island), sea],
    enclave: count,
    island: count + 1,
    sea: count + 2,
  };
}

/** Numbers from 0 up to 1 that are the same on every run: a linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function polygon(ring: Position[]): Polygon {
  return { type: 'Polygon', coordinates: [ring] };
}

function circle(x: number, y: number, radius: number, vertices: number): Position[] {
  const ring = Array.from({ length: vertices }, (_, i): Position => {
    const angle = (2 * Math.PI * i) / vertices;
    const wobble = radius * (1 + 0.2 * Math.sin(7 * angle));
    return [x + wobble * Math.cos(angle), y + wobble * Math.sin(angle)];
  });
  return [...ring, ring[0]!];
}

function back<T>(list: readonly T[]): T[] {
  return [...list].reverse();
}

function join(...lines: Position[][]): Position[] {
  return lines.flatMap((line, i) => (i === 0 ? line : line.slice(1)));
}

/** The same closed ring, begun some vertices later. */
function turned(ring: Position[], by: number): Position[] {
  const open = ring.slice(0, -1);
  const start = open.slice(by).concat(open.slice(0, by));
  return [...start, start[0]!];
}
