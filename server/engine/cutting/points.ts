import Flatbush from 'flatbush';
import { PositionList } from './clip.ts';
import { CommandWriter } from '../encoding/commands.ts';
import { EncodedGeometry } from '../encoding/geometry.ts';
import { worldX, worldY } from '../grid.ts';
import type { PointPart } from '../topology/parts.ts';
import { GeometryType } from '../types.ts';
import type { TileCoord } from '../types.ts';

/** Longitudes may count on over the antimeridian, once; what is beyond that is no place. */
const LAST_LONGITUDE = 540;

/** Cuts tiles out of points: those in the tile or its buffer, rounded to tile units. */
export class PointCutter {
  readonly #extent: number;
  readonly #buffer: number;
  readonly #coords: Float64Array;
  readonly #rows: Uint32Array;
  readonly #tree: Flatbush | undefined;
  readonly #writer = new CommandWriter();
  readonly #positions = new PositionList();

  constructor(
    all: readonly PointPart[],
    options: { extent: number; buffer: number; isPlane?: boolean | undefined },
  ) {
    const points = all.filter(({ position }) => Math.abs(position[0]!) <= LAST_LONGITUDE);
    this.#extent = options.extent;
    this.#buffer = options.buffer;
    this.#coords = new Float64Array(2 * points.length);
    this.#rows = Uint32Array.from(points, ({ row }) => row);
    if (points.length === 0) return;
    this.#tree = new Flatbush(points.length);
    points.forEach(({ position }, i) => {
      // A place at 190° E is the one at 170° W: unlike an outline, a point has no other side to stay with.
      const x = options.isPlane ? position[0]! : onWorld(worldX(position[0]!));
      const y = options.isPlane ? position[1]! : worldY(position[1]!);
      this.#coords[2 * i] = x;
      this.#coords[2 * i + 1] = y;
      this.#tree!.add(x, y);
    });
    this.#tree.finish();
  }

  get bytes(): number {
    return this.#coords.byteLength + this.#rows.byteLength + (this.#tree?.data.byteLength ?? 0);
  }

  /** Whether a point is in the tile or its buffer. */
  reaches(coord: TileCoord): boolean {
    return this.#search(coord).length > 0;
  }

  #search({ z, x, y }: TileCoord): number[] {
    const extent = this.#extent;
    const scale = extent * 2 ** z;
    const left = x * extent;
    const top = y * extent;
    // A position half a unit outside may still be rounded to the edge of the buffer.
    const reach = this.#buffer + 0.5;
    const box = [left - reach, top - reach, left + extent + reach, top + extent + reach] as const;
    const [minX, minY, maxX, maxY] = box;
    return this.#tree?.search(minX / scale, minY / scale, maxX / scale, maxY / scale) ?? [];
  }

  /** The geometry of one tile, in row order. */
  cut(coord: TileCoord): EncodedGeometry[] {
    if (!this.#tree) return [];
    const extent = this.#extent;
    const scale = extent * 2 ** coord.z;
    const left = coord.x * extent;
    const top = coord.y * extent;
    const order = inOrder(this.#search(coord), this.#rows.length);

    const writer = this.#writer;
    const positions = this.#positions;
    writer.clear();
    // Of each feature: its row, and where its commands end.
    const rows = new Uint32Array(order.length);
    const ends = new Uint32Array(order.length);
    const coords = this.#coords;
    let count = 0;
    for (let i = 0; i < order.length;) {
      const row = this.#rows[order[i]!]!;
      positions.length = 0;
      for (; i < order.length && this.#rows[order[i]!] === row; i++) {
        const at = 2 * order[i]!;
        positions.add(Math.round(coords[at]! * scale - left), Math.round(coords[at + 1]! * scale - top));
      }
      writer.begin();
      writer.points(positions);
      rows[count] = row;
      ends[count++] = writer.end;
    }
    const bytes = writer.toBytes();
    const features: EncodedGeometry[] = [];
    for (let i = 0, start = 0; i < count; i++) {
      const end = ends[i]!;
      features.push(new EncodedGeometry(rows[i]!, GeometryType.point, bytes, start, end));
      start = end;
    }
    return features;
  }
}

/** Share of all points from which marking those that were found is faster than sorting them. */
const MANY = 1 / 16;

/** Different numbers below `total`, the smallest first. */
function inOrder(found: readonly number[], total: number): Uint32Array {
  if (found.length < total * MANY) return new Uint32Array(found).sort();
  const marks = new Uint8Array(total);
  for (let i = 0; i < found.length; i++) marks[found[i]!] = 1;
  const order = new Uint32Array(found.length);
  for (let i = 0, at = 0; i < total; i++) {
    if (marks[i] === 1) order[at++] = i;
  }
  return order;
}

function onWorld(x: number): number {
  return x >= 0 && x <= 1 ? x : x - Math.floor(x);
}
