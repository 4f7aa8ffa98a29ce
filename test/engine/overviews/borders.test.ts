import assert from 'node:assert/strict';
import type { Polygon, Position } from 'geojson';
import wkx from 'wkx';
import {
  generalize,
  type BlockRow,
  type Coarseness,
} from '../../../server/engine/overviews/borders/generalize.ts';

const FINE: Coarseness = { tolerance: 0.25, smallest: 0, smallestPart: 0 };
const SIDE = 12;

/** The crooked border between two corners of a grid, the same for both cells that it parts. */
function side(x: number, y: number, along: 0 | 1): Position[] {
  return Array.from({ length: 9 }, (_, i): Position => {
    const off = i === 0 || i === 8 ? 0 : 0.15 * Math.sin(91.7 * x + 37.3 * y + 11.9 * i + along);
    return along === 0 ? [x + i / 8, y + off] : [x + off, y + i / 8];
  });
}

/** A cell of the grid, begun at any of its vertices and wound in either direction. */
function cell(x: number, y: number, turn: number): Position[] {
  const ring = [
    ...side(x, y, 0).slice(0, -1),
    ...side(x + 1, y, 1).slice(0, -1),
    ...side(x, y + 1, 0)
      .reverse()
      .slice(0, -1),
    ...side(x, y, 1).reverse().slice(0, -1),
  ];
  const start = turn % ring.length;
  const turned = [...ring.slice(start), ...ring.slice(0, start)];
  if (turn % 2 === 1) turned.reverse();
  return [...turned, turned[0]!];
}

const wkb = (geometry: object): Uint8Array => wkx.Geometry.parseGeoJSON(geometry).toWkb();

function polygon(...coordinates: Position[][]): Uint8Array {
  return wkb({ type: 'Polygon', coordinates });
}

function grid(group: (x: number, y: number) => number): BlockRow[] {
  return Array.from({ length: SIDE * SIDE }, (_, row): BlockRow => {
    const [x, y] = [row % SIDE, Math.floor(row / SIDE)];
    return { row, group: group(x, y), own: true, wkb: polygon(cell(x, y, row * 7)) };
  });
}

const alone = (x: number, y: number): number => y * SIDE + x;

function ringsOf(bytes: Uint8Array): Position[][] {
  const geometry = wkx.Geometry.parse(Buffer.from(bytes)).toGeoJSON() as {
    coordinates: Polygon['coordinates'][];
  };
  return geometry.coordinates.flat();
}

const place = (position: Position): string => position.join();

/** Directed edges of all rows, with how often there are. */
function edgesOf(rows: readonly { wkb: Uint8Array }[]): Map<string, number> {
  const edges = new Map<string, number>();
  for (const ring of rows.flatMap((row) => ringsOf(row.wkb))) {
    for (let i = 1; i < ring.length; i++) {
      const edge = `${place(ring[i - 1]!)} ${place(ring[i]!)}`;
      edges.set(edge, (edges.get(edge) ?? 0) + 1);
    }
  }
  return edges;
}

function areaOf(rows: readonly { wkb: Uint8Array }[]): number {
  let sum = 0;
  for (const ring of rows.flatMap((row) => ringsOf(row.wkb)))
    for (let i = 1; i < ring.length; i++)
      sum += (ring[i - 1]![0]! * ring[i]![1]! - ring[i]![0]! * ring[i - 1]![1]!) / 2;
  return sum;
}

/** Without neighbour: edges on the outside of all. */
function outerEdges(edges: ReadonlyMap<string, number>): string[] {
  return [...edges.keys()].filter((edge) => !edges.has(edge.split(' ').reverse().join(' ')));
}

/** Rows as they are, whichever vertex their rings begin at. */
function contents(rows: readonly { row: number; wkb: Uint8Array }[]): Map<number, string> {
  return new Map(rows.map((row) => [row.row, [...edgesOf([row]).keys()].sort().join(';')]));
}

describe('generalized copies with shared borders', () => {
  it('leave no gap and no overlap between neighbours', () => {
    const rows = generalize(grid(alone), FINE);
    assert.equal(rows.length, SIDE * SIDE);
    const edges = edgesOf(rows);
    assert.deepEqual(
      [...edges].filter(([, times]) => times !== 1),
      [],
    );
    // One for each cell: of borders this tolerance leaves the ends.
    assert.equal(outerEdges(edges).length, 4 * SIDE);
    assert.ok(Math.abs(areaOf(rows) - SIDE * SIDE) < 0.5);
  });

  it('are the same in blocks as in one, in whatever order rows come', () => {
    for (const [cells, tolerance] of [
      [1, 0.25],
      [1, 0.05],
      [3, 0.05],
    ] as const) {
      const group = (x: number, y: number): number => Math.floor(y / cells) * SIDE + Math.floor(x / cells);
      const all = grid(group);
      const coarseness = { ...FINE, tolerance };
      const whole = contents(generalize(all, coarseness));
      const inBlocks = new Map<number, string>();
      for (const from of [0, 3, 6, 9]) {
        const near = all.filter(({ row }) => row % SIDE >= from - 1 && row % SIDE <= from + 3).reverse();
        const block = near.map((row) => ({
          ...row,
          own: row.row % SIDE >= from && row.row % SIDE < from + 3,
        }));
        for (const [row, content] of contents(generalize(block, coarseness))) inBlocks.set(row, content);
      }
      assert.deepEqual(
        new Map([...inBlocks].sort(([a], [b]) => a - b)),
        new Map([...whole].sort(([a], [b]) => a - b)),
      );
    }
  });

  it('of neighbours put together have no border between them, and stand for the largest', () => {
    const rows = generalize(
      grid((x, y) => Math.floor(y / 3) * SIDE + Math.floor(x / 3)),
      { ...FINE, tolerance: 0.001 },
    );
    assert.equal(rows.length, (SIDE / 3) ** 2);
    assert.ok(Math.abs(areaOf(rows) - areaOf(generalize(grid(alone), { ...FINE, tolerance: 0 }))) < 0.05);
    for (const row of rows) assert.equal(ringsOf(row.wkb).length, 1);
    assert.ok([...edgesOf(rows).values()].every((times) => times === 1));
  });

  const square = (x: number, y: number, size: number): Position[] => [
    [x, y],
    [x + size, y],
    [x + size, y + size],
    [x, y + size],
    [x, y],
  ];

  it('keep what lies in a hole apart, and fill it where both are one', () => {
    const ring = { row: 1, own: true, wkb: polygon(square(0, 0, 10), square(4, 4, 2)) };
    const inside = { row: 2, own: true, wkb: polygon(square(4, 4, 2).reverse()) };
    const apart = generalize(
      [
        { ...ring, group: 1 },
        { ...inside, group: 2 },
      ],
      FINE,
    );
    assert.deepEqual(
      apart.map((row) => ringsOf(row.wkb).length),
      [2, 1],
    );
    assert.equal(areaOf(apart), 100);
    const [one, ...others] = generalize(
      [
        { ...ring, group: 1 },
        { ...inside, group: 1 },
      ],
      FINE,
    );
    assert.deepEqual(others, []);
    assert.equal(one!.row, 1);
    assert.equal(ringsOf(one!.wkb).length, 1);
    assert.equal(areaOf([one!]), 100);
  });

  it('leave out what is too small to see, and small parts of what was put together', () => {
    const islands = [0, 20, 40].map((x, row) => ({
      row,
      own: true,
      wkb: polygon(square(x, 0, row === 0 ? 10 : 1)),
    }));
    const apart = generalize(
      islands.map((row) => ({ ...row, group: row.row })),
      { ...FINE, smallest: 2 },
    );
    assert.deepEqual(
      apart.map(({ row }) => row),
      [0],
    );
    const [one] = generalize(
      islands.map((row) => ({ ...row, group: 0 })),
      { ...FINE, smallestPart: 4 },
    );
    assert.equal(areaOf([one!]), 100);
    const small = generalize(
      islands.slice(1).map((row) => ({ ...row, group: 1 })),
      { ...FINE, smallestPart: 4 },
    );
    // Not all of them: the first of the largest is left.
    assert.deepEqual(
      small.map(({ row }) => row),
      [1],
    );
  });

  it('take the largest of polygons that lie over each other', () => {
    const large = { row: 1, group: 1, own: true, wkb: polygon(square(0, 0, 10)) };
    const over = {
      row: 2,
      group: 1,
      own: true,
      wkb: polygon([
        [0, 0],
        [10, 0],
        [5, 5],
        [0, 0],
      ]),
    };
    const [one, ...others] = generalize([over, large], FINE);
    assert.deepEqual(others, []);
    assert.equal(one!.row, 1);
    assert.equal(areaOf([one!]), 100);
  });

  it('keep the places where lines meet', () => {
    const line = (row: number, coordinates: Position[]): BlockRow => ({
      row,
      group: row,
      own: true,
      wkb: wkb({ type: 'LineString', coordinates }),
    });
    const through = [0, 1, 2, 3, 4].map((x): Position => [x, x === 2 ? 0.1 : 0]);
    const rows = generalize(
      [
        line(1, through),
        line(2, [
          [2, 0.1],
          [2, 5],
        ]),
      ],
      FINE,
    );
    assert.deepEqual(lineOf(rows[0]!.wkb), [
      [0, 0],
      [2, 0.1],
      [4, 0],
    ]);
    assert.deepEqual(lineOf(rows[1]!.wkb), [
      [2, 0.1],
      [2, 5],
    ]);
  });
});

function lineOf(bytes: Uint8Array): Position[] {
  const geometry = wkx.Geometry.parse(Buffer.from(bytes)).toGeoJSON() as { coordinates: Position[][] };
  return geometry.coordinates[0]!;
}
