import type { Polygon } from 'geojson';

/** A chequered plain: `columns × rows` unit squares, row by row, each with its four corners. */
export function squares(columns: number, rows: number): Polygon[] {
  return Array.from({ length: columns * rows }, (_, i) => square(i % columns, Math.floor(i / columns)));
}

export function square(x: number, y: number): Polygon {
  return {
    type: 'Polygon',
    coordinates: [
      [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
        [x, y],
      ],
    ],
  };
}

/** Regions in a row, each the neighbour of the one before and the one after. */
export function chain(n: number): number[][] {
  return Array.from({ length: n }, (_, i) => [i - 1, i + 1].filter((j) => j >= 0 && j < n));
}

/** Neighbours along edges only, on a plain of squares. */
export function rook(columns: number, rows: number): number[][] {
  return Array.from({ length: columns * rows }, (_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    const beside = [
      [x, y - 1],
      [x - 1, y],
      [x + 1, y],
      [x, y + 1],
    ] as const;
    return beside
      .filter(([a, b]) => a >= 0 && a < columns && b >= 0 && b < rows)
      .map(([a, b]) => b * columns + a);
  });
}
