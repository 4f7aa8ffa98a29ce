import { unescape } from './support.ts';

export interface DrawnShape {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Square pixels, holes taken off. */
  area: number;
}

/** What is drawn of each region of a picture, by its name; one in several panels is put together. */
export function shapesOf(svg: string): Map<string, DrawnShape> {
  const shapes = new Map<string, DrawnShape>();
  for (const [, data = '', title = ''] of svg.matchAll(
    /<path d="([^"]+)"><title>([^<]*)<\/title><\/path>/g,
  )) {
    const name = unescape(title).replace(/: [^:]*$/, '');
    const shape = shapes.get(name) ?? {
      left: Infinity,
      top: Infinity,
      right: -Infinity,
      bottom: -Infinity,
      area: 0,
    };
    shapes.set(name, shape);
    addPath(shape, data);
  }
  return shapes;
}

/** Walks path data of M, relative l and z in tenths of a pixel. */
function addPath(shape: DrawnShape, data: string): void {
  let area = 0;
  for (const [, startX, startY, steps] of data.matchAll(/M(-?\d+) (-?\d+)l([^z]*)z/g)) {
    const numbers = [...(steps ?? '').matchAll(/-?\d+/g)].map(Number);
    const start = [Number(startX) / 10, Number(startY) / 10] as const;
    let [x, y] = start;
    for (let i = 0; i <= numbers.length; i += 2) {
      shape.left = Math.min(shape.left, x);
      shape.right = Math.max(shape.right, x);
      shape.top = Math.min(shape.top, y);
      shape.bottom = Math.max(shape.bottom, y);
      const [nextX, nextY] = [x + (numbers[i] ?? 0) / 10, y + (numbers[i + 1] ?? 0) / 10];
      area += ((x - start[0]) * (nextY - start[1]) - (nextX - start[0]) * (y - start[1])) / 2;
      [x, y] = [nextX, nextY];
    }
  }
  shape.area += Math.abs(area);
}
