import type { MultiPolygon, Polygon, Position } from 'geojson';

/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

/** Rings within a square of side 1, the exterior first: valid, but not once they are simplified and rounded. */
type Make = (random: Random) => Position[][];

const between = (random: Random, min: number, max: number): number => min + random() * (max - min);
const around = (angle: number, radius: number): Position => [
  0.5 + radius * Math.cos(angle),
  0.5 + radius * Math.sin(angle),
];

const spiral: Make = (random) => {
  const count = Math.floor(between(random, 60, 260));
  const turns = between(random, 1, 6);
  const gap = 0.5 / (turns + 1);
  const width = between(random, 0.02, 0.95) * gap;
  const arm = (less: number): Position[] =>
    Array.from({ length: count }, (_, i) =>
      around((2 * Math.PI * turns * i) / count, gap + ((0.5 - gap) * i) / count - less),
    );
  return [[...arm(0), ...arm(width).reverse()]];
};

const star: Make = (random) => {
  const count = 2 * Math.floor(between(random, 10, 150));
  const radius = (i: number): number => (i % 2 ? between(random, 0.02, 0.17) : between(random, 0.05, 0.5));
  return [Array.from({ length: count }, (_, i) => around((2 * Math.PI * i) / count, radius(i)))];
};

const comb: Make = (random) => {
  const teeth = Math.floor(between(random, 3, 43));
  const share = between(random, 0.05, 0.95);
  const ring: Position[] = [
    [1, 0],
    [0, 0],
  ];
  for (let i = 0; i < teeth; i++) {
    const [west, east] = [i / teeth, (i + share) / teeth];
    ring.push([west, 0.02], [west, between(random, 0.03, 1)], [east, between(random, 0.03, 1)], [east, 0.02]);
  }
  return [ring];
};

/** Bellies with necks between them that no tile can show. */
const necks: Make = (random) => {
  const count = 2 * Math.floor(between(random, 3, 11));
  const [upper, lower]: Position[][] = [[], []];
  for (let i = 0; i <= count; i++) {
    const [x, y] = [i / count, between(random, 0.3, 0.5)];
    const width = i % 2 ? 0.0005 * random() : 0.3 * random();
    upper!.push([x, y + width]);
    lower!.push([x, y - width]);
  }
  return [[...lower!, ...upper!.reverse()]];
};

/** Walls between holes that no tile can show. */
const holes: Make = (random) => {
  const count = Math.floor(between(random, 2, 7));
  const side = 1 / count;
  const wall = (): number => side * between(random, 0.001, 0.02);
  const rings: Position[][] = [
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ],
  ];
  for (let i = 0; i < count * count; i++) {
    const [west, south] = [(i % count) * side, Math.floor(i / count) * side];
    const [east, north] = [west + side, south + side];
    rings.push([
      [west + wall(), south + wall()],
      [west + wall(), north - wall()],
      [east - wall(), north - wall()],
      [east - wall(), south + wall()],
    ]);
  }
  return rings;
};

const KINDS = [spiral, star, comb, necks, holes];

function placed(rings: Position[][], west: number, south: number, size: number): Position[][] {
  return rings.map((ring) => {
    const moved = ring.map(([x, y]): Position => [west + size * x!, south + size * y!]);
    return [...moved, moved[0]!];
  });
}

/** A valid polygon, or several side by side, of `size` degrees. */
export function oddPolygon(
  random: Random,
  west: number,
  south: number,
  size: number,
): Polygon | MultiPolygon {
  const make = (): Position[][] => KINDS[Math.floor(random() * KINDS.length)]!(random);
  if (random() < 0.6) return { type: 'Polygon', coordinates: placed(make(), west, south, size) };
  const cell = size / 4;
  return {
    type: 'MultiPolygon',
    coordinates: Array.from({ length: Math.floor(between(random, 2, 17)) }, (_, i) =>
      placed(make(), west + (i % 4) * cell, south + Math.floor(i / 4) * cell, cell * between(random, 0.5, 1)),
    ),
  };
}
