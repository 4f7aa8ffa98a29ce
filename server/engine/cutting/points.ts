import { PositionList } from './clip.ts';
import { CommandWriter } from '../encoding/commands.ts';
import { GeometryColumns, kept, NOTHING, type TileGeometry } from '../encoding/geometry.ts';
import { worldX, worldY } from '../grid.ts';
import { PointTree, type PointOrder } from './point-tree.ts';
import type { Topology } from '../topology/topology.ts';
import { atOnce } from '../../tools/turns.ts';
import { GeometryType } from '../types.ts';
import type { Bounds, TileCoord, TileUnits } from '../types.ts';

/** Longitudes may count on over the antimeridian, once; what is beyond that is no place. */
const LAST_LONGITUDE = 540;

/** Share of all points from which looking at each is as fast as finding those of a tile and putting them in order. */
const MANY = 1 / 2;

/** Points that are not found at once. */
const MOST_FOUND = 50_000;

type PointsOfTopology = Pick<Topology, 'pointRow' | 'pointPosition'>;

/** Points in the order of their rows. */
interface Points {
  /** World coordinates x, y, x, y, … */
  readonly coords: Float64Array;
  readonly rows: Uint32Array;
}

interface Source extends Points {
  /** Whether no row has several. */
  readonly areAlone: boolean;
}

export interface PointArrays extends Points, PointOrder {}

/** Cuts tiles out of points: those in the tile or its buffer, rounded to tile units. */
export class PointCutter {
  readonly #extent: number;
  readonly #buffer: number;
  readonly #points: PointArrays;
  readonly #tree: PointTree;
  readonly #source: Source;
  readonly #writer = new CommandWriter();
  readonly #columns = new GeometryColumns();

  constructor(
    topology: PointsOfTopology,
    options: { extent: number; buffer: number; isPlane?: boolean | undefined },
    made = PointCutter.arraysOf(topology, options.isPlane),
  ) {
    this.#extent = options.extent;
    this.#buffer = options.buffer;
    this.#points = made;
    const { coords, rows } = made;
    this.#source = { coords, rows, areAlone: rows.every((row, i) => i === 0 || row > rows[i - 1]!) };
    this.#tree = new PointTree(made.coords, made);
  }

  /** What takes time to make: another thread may have done it. */
  static arraysOf({ pointRow, pointPosition }: PointsOfTopology, isPlane = false): PointArrays {
    const coords = new Float64Array(pointPosition.length);
    const rows = new Uint32Array(pointRow.length);
    let count = 0;
    for (let i = 0; i < pointRow.length; i++) {
      const x = pointPosition[2 * i]!;
      const y = pointPosition[2 * i + 1]!;
      if (Math.abs(x) > LAST_LONGITUDE) continue;
      // A place at 190° E is the one at 170° W: unlike an outline, a point has no other side to stay with.
      coords[2 * count] = isPlane ? x : onWorld(worldX(x));
      coords[2 * count + 1] = isPlane ? y : worldY(y);
      rows[count++] = pointRow[i]!;
    }
    const isAll = count === rows.length;
    const points = isAll
      ? { coords, rows }
      : { coords: coords.slice(0, 2 * count), rows: rows.slice(0, count) };
    return { ...points, ...PointTree.orderOf(points.coords) };
  }

  get made(): PointArrays {
    return this.#points;
  }

  get bytes(): number {
    const { coords, rows } = this.#points;
    return coords.byteLength + rows.byteLength + this.#tree.bytes;
  }

  /** How many points the tile has, or there are around it. */
  count(coord: TileCoord): number {
    return this.#tree.count(coord);
  }

  /** Whether a point is in the tile or its buffer. */
  reaches(coord: TileCoord): boolean {
    return this.#tree.hasAny(this.#place(coord).box);
  }

  /** The geometry of one tile, until the next one is cut. */
  cut(coord: TileCoord): TileGeometry {
    if (this.#points.rows.length === 0) return NOTHING;
    const place = this.#place(coord);
    if (this.#areMany(coord)) return atOnce(this.#cutting(undefined, place, this.#writer, this.#columns));
    const found = this.#tree.search(place.box);
    if (found.length === 0) return NOTHING;
    return atOnce(this.#cutting(found, place, this.#writer, this.#columns));
  }

  /** The same in steps, and as it stays: others may be cut between them. */
  *inSteps(coord: TileCoord): Generator<void, TileGeometry> {
    if (this.#points.rows.length === 0) return NOTHING;
    const place = this.#place(coord);
    // Others may be looked for before all of these are cut.
    const found = this.#areMany(coord) ? undefined : this.#tree.search(place.box).slice();
    return kept(yield* this.#cutting(found, place, new CommandWriter(), new GeometryColumns()));
  }

  /** Whether looking at each point is as fast as finding those of the tile and putting them in order. */
  #areMany(coord: TileCoord): boolean {
    return this.#tree.count(coord) > Math.min(MANY * this.#points.rows.length, MOST_FOUND);
  }

  /** @param found points of the tile in order; absent where each has to be looked at */
  *#cutting(
    found: Uint32Array | undefined,
    place: Place,
    writer: CommandWriter,
    columns: GeometryColumns,
  ): Generator<void, TileGeometry> {
    const count = found?.length ?? this.#points.rows.length;
    columns.begin(count);
    const cut = new PointCut(this.#source, place, writer, columns);
    for (let from = 0; from < count; from += PER_STEP) {
      if (from > 0) yield;
      const to = Math.min(from + PER_STEP, count);
      if (found) cut.addAll(found, from, to);
      else cut.addWithin(from, to);
    }
    return cut.end();
  }

  #place({ z, x, y }: TileCoord): Place {
    const extent = this.#extent;
    const scale = extent * 2 ** z;
    const left = x * extent;
    const top = y * extent;
    // A position half a unit outside may still be rounded to the edge of the buffer.
    const reach = this.#buffer + 0.5;
    const box: Bounds = [
      (left - reach) / scale,
      (top - reach) / scale,
      (left + extent + reach) / scale,
      (top + extent + reach) / scale,
    ];
    return { scale, left, top, box };
  }
}

interface Place extends TileUnits {
  /** What is looked at, in world units. */
  readonly box: Bounds;
}

/** Points that are looked at before others may have their turn: a fraction of a millisecond. */
const PER_STEP = 4_000;
/** Those of a step that are in the tile. */
const within = new Uint32Array(PER_STEP);

/** A tile that is being cut: points come in the order of their rows. */
class PointCut {
  readonly #rows: Uint32Array;
  readonly #coords: Float64Array;
  readonly #place: Place;
  readonly #writer: CommandWriter;
  readonly #columns: GeometryColumns;
  readonly #areAlone: boolean;
  /** The row whose points are being gathered: a feature's commands begin with how many they are. */
  #row = -1;
  #gathered: PositionList | undefined;

  constructor(source: Source, place: Place, writer: CommandWriter, columns: GeometryColumns) {
    this.#rows = source.rows;
    this.#coords = source.coords;
    this.#place = place;
    this.#writer = writer;
    this.#columns = columns;
    this.#areAlone = source.areAlone;
    writer.clear();
  }

  /** Those between two positions, PER_STEP at most, that are in the place. */
  addWithin(from: number, to: number): void {
    const coords = this.#coords;
    const [minX, minY, maxX, maxY] = this.#place.box;
    let count = 0;
    for (let i = from; i < to; i++) {
      const x = coords[2 * i]!;
      const y = coords[2 * i + 1]!;
      if (x >= minX && x <= maxX && y >= minY && y <= maxY) within[count++] = i;
    }
    this.addAll(within, 0, count);
  }

  addAll(points: Uint32Array, from: number, to: number): void {
    if (!this.#areAlone) for (let i = from; i < to; i++) this.#add(points[i]!);
    else this.#addAlone(points, from, to);
  }

  /** Points that are each the only one of their row. */
  #addAlone(points: Uint32Array, from: number, to: number): void {
    const { rows, ends, kinds, first } = this.#columns.extend(to - from);
    const all = this.#rows;
    for (let i = from, target = first; i < to; i++, target++) rows[target] = all[points[i]!]!;
    kinds.fill(GeometryType.point, first, first + to - from);
    this.#writer.pointsAlone(this.#coords, this.#place, points.subarray(from, to), ends, first);
  }

  end(): TileGeometry {
    this.#flush();
    return this.#columns.with(this.#writer.written);
  }

  #add(i: number): void {
    const { scale, left, top } = this.#place;
    const row = this.#rows[i]!;
    const x = Math.round(this.#coords[2 * i]! * scale - left);
    const y = Math.round(this.#coords[2 * i + 1]! * scale - top);
    const isAlone = this.#rows[i + 1] !== row && this.#rows[i - 1] !== row;
    if (isAlone) {
      if (this.#row >= 0) this.#flush();
      this.#columns.add(row, GeometryType.point, this.#writer.point(x, y));
      return;
    }
    if (row !== this.#row) this.#flush();
    this.#row = row;
    (this.#gathered ??= new PositionList()).add(x, y);
  }

  #flush(): void {
    const gathered = this.#gathered;
    if (this.#row < 0 || !gathered) return;
    this.#writer.begin();
    this.#writer.points(gathered);
    this.#columns.add(this.#row, GeometryType.point, this.#writer.end);
    this.#row = -1;
    gathered.length = 0;
  }
}

function onWorld(x: number): number {
  return x >= 0 && x <= 1 ? x : x - Math.floor(x);
}
