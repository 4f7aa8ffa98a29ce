import { CHUNK, Bands } from './bands.ts';
import type { Band } from './bands.ts';
import { PositionList, RingClipper, clipLine } from './clip.ts';
import type { ClipBox } from './clip.ts';
import { CommandWriter, doubleArea } from './commands.ts';
import { ShapeIndex } from './shape-index.ts';
import type { Candidate } from './shape-index.ts';
import { ringArea } from './topology.ts';
import type { Topology } from './topology.ts';
import { GeometryType } from './types.ts';
import type { Bounds, EncodedGeometry, TileCoord } from './types.ts';

export interface CutOptions {
  readonly extent: number;
  readonly buffer: number;
  /** Detail that only deeper zooms would show is left out. */
  readonly maxZoom: number;
  /** Draw a polygon feature too small for the tile's grid as one square unit instead of leaving it out. */
  readonly keepCollapsed: boolean;
}

/** From world coordinates to units of one tile: `world × scale − left` (or `top`). */
interface Frame {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/**
 * Cuts tiles out of lines and polygons: find the shapes at the tile, take the vertices of the zoom's
 * band, round them to tile units, clip, write commands. Rounding comes before clipping (as in
 * `ST_AsMVTGeom`), so that a border's vertices are the same for both neighbours and in every tile.
 */
export class ShapeCutter {
  readonly #topology: Topology;
  readonly #options: CutOptions;
  readonly #bands: Bands;
  readonly #index: ShapeIndex;
  readonly #box: ClipBox;
  readonly #clipper: RingClipper;
  readonly #writer = new CommandWriter();
  readonly #chain = new PositionList();
  readonly #piece = new PositionList();
  /** The largest polygon of each row: where it collapses, the row does. */
  readonly #mainShapes: Int32Array;

  constructor(topology: Topology, options: CutOptions) {
    this.#topology = topology;
    this.#options = options;
    this.#bands = new Bands(topology, options);
    this.#index = new ShapeIndex(topology);
    this.#box = { min: -options.buffer, max: options.extent + options.buffer };
    this.#clipper = new RingClipper(this.#box);
    this.#mainShapes = mainShapes(topology);
  }

  /** Bytes of what was made besides the topology. */
  get bytes(): number {
    return this.#bands.bytes + this.#index.bytes + this.#mainShapes.byteLength;
  }

  /** The geometry of one tile, in row order. */
  cut(coord: TileCoord): EncodedGeometry[] {
    const { extent, buffer } = this.#options;
    const scale = extent * 2 ** coord.z;
    const frame = { scale, left: coord.x * extent, top: coord.y * extent };
    const band = this.#bands.at(coord.z);
    const candidates = this.#index.search(worldBox(frame, -buffer - 1, extent + buffer + 1));

    const writer = this.#writer;
    writer.clear();
    const features: { row: number; type: GeometryType; start: number; end: number }[] = [];
    for (let i = 0; i < candidates.length;) {
      const { row, type } = this.#topology.shapes[candidates[i]!.shape]!;
      const start = writer.end;
      const first = i;
      writer.begin();
      for (; i < candidates.length && this.#rowOf(candidates[i]!) === row; i++) {
        const candidate = candidates[i]!;
        if (type === GeometryType.polygon) this.#polygon(band, frame, candidate);
        else this.#line(band, frame, candidate);
      }
      if (writer.end === start && type === GeometryType.polygon && this.#options.keepCollapsed) {
        this.#collapsed(band, frame, candidates.slice(first, i));
      }
      if (writer.end > start) features.push({ row, type, start, end: writer.end });
    }
    const bytes = writer.toBytes();
    return features.map(({ row, type, start, end }) => ({ row, type, commands: bytes.subarray(start, end) }));
  }

  #rowOf({ shape }: Candidate): number {
    return this.#topology.shapes[shape]!.row;
  }

  #polygon(band: Band, frame: Frame, { shape, turn }: Candidate): void {
    const writer = this.#writer;
    const first = band.shapeStart[shape]!;
    const end = band.shapeStart[shape + 1]!;
    const exterior = this.#ring(band, frame, first, turn);
    const area = doubleArea(exterior);
    if (!(area > 0)) return;
    if (end - first === 1) {
      writer.ring(exterior);
      return;
    }
    const mark = writer.mark();
    let rest = area;
    writer.ring(exterior);
    for (let chain = first + 1; chain < end; chain++) {
      const hole = this.#ring(band, frame, chain, turn);
      const holeArea = doubleArea(hole);
      if (!(holeArea < 0)) continue;
      writer.ring(hole);
      rest += holeArea;
    }
    // The tile lies wholly in a hole.
    if (rest <= 0) writer.rewind(mark);
  }

  /** A ring rounded and clipped; fewer than three positions, or no area, where nothing is left of it. */
  #ring(band: Band, frame: Frame, chain: number, turn: number): PositionList {
    const ring = this.#chain;
    ring.length = 0;
    const left = frame.left - turn * frame.scale;
    const box = worldBox({ ...frame, left }, this.#box.min - 1, this.#box.max + 1);
    const { coords, chainStart, chunkBoxes, chunkStart } = band;
    const end = chainStart[chain + 1]!;
    let chunk = 4 * chunkStart[chain]!;
    for (let start = chainStart[chain]!; start < end; start += CHUNK, chunk += 4) {
      const last = Math.min(start + CHUNK, end) - 1;
      // Of a run of vertices beyond one side of the box only the ends matter: what is between adds
      // nothing to the clipped ring.
      const step = isBeyond(box, chunkBoxes, chunk) && last > start ? last - start : 1;
      for (let i = 2 * start; i <= 2 * last; i += 2 * step) {
        ring.addToRing(
          Math.round(coords[i]! * frame.scale - left),
          Math.round(coords[i + 1]! * frame.scale - frame.top),
        );
      }
    }
    ring.closeRing();
    return this.#clipper.clip(ring);
  }

  #line(band: Band, frame: Frame, { shape, turn }: Candidate): void {
    const line = this.#chain;
    const left = frame.left - turn * frame.scale;
    for (let chain = band.shapeStart[shape]!; chain < band.shapeStart[shape + 1]!; chain++) {
      line.length = 0;
      for (let i = 2 * band.chainStart[chain]!; i < 2 * band.chainStart[chain + 1]!; i += 2) {
        line.add(
          Math.round(band.coords[i]! * frame.scale - left),
          Math.round(band.coords[i + 1]! * frame.scale - frame.top),
        );
      }
      clipLine(line, this.#box, this.#piece, (piece) => this.#writer.line(piece));
    }
  }

  /** The row's largest polygon as one square unit, if it is in the tile and has no area in tile units. */
  #collapsed(band: Band, frame: Frame, candidates: readonly Candidate[]): void {
    const { min, max } = this.#box;
    for (const { shape, turn } of candidates) {
      if (this.#mainShapes[this.#topology.shapes[shape]!.row] !== shape) continue;
      const left = frame.left - turn * frame.scale;
      if (doubleArea(this.#wholeRing(band, { ...frame, left }, band.shapeStart[shape]!)) > 0) continue;
      const [minX, minY, maxX, maxY] = this.#index.boxOf(shape);
      const x = Math.floor(((minX + maxX) / 2) * frame.scale - left);
      const y = Math.floor(((minY + maxY) / 2) * frame.scale - frame.top);
      if (x < min || y < min || x >= max || y >= max) continue;
      this.#writer.ring({ data: [x, y, x + 1, y, x + 1, y + 1, x, y + 1], length: 8 });
    }
  }

  /** A ring rounded but not clipped. */
  #wholeRing({ coords, chainStart }: Band, { scale, left, top }: Frame, chain: number): PositionList {
    const ring = this.#chain;
    ring.length = 0;
    for (let i = 2 * chainStart[chain]!; i < 2 * chainStart[chain + 1]!; i += 2) {
      ring.addToRing(Math.round(coords[i]! * scale - left), Math.round(coords[i + 1]! * scale - top));
    }
    ring.closeRing();
    return ring;
  }
}

function worldBox({ scale, left, top }: Frame, min: number, max: number): Bounds {
  return [(left + min) / scale, (top + min) / scale, (left + max) / scale, (top + max) / scale];
}

/** Whether the four numbers at `at` are a box wholly beyond one side of `box`. */
function isBeyond([minX, minY, maxX, maxY]: Bounds, boxes: Float64Array, at: number): boolean {
  return boxes[at]! > maxX || boxes[at + 1]! > maxY || boxes[at + 2]! < minX || boxes[at + 3]! < minY;
}

/** The polygon with the largest exterior ring of each row, −1 for rows without polygons. */
function mainShapes(topology: Topology): Int32Array {
  const main = new Int32Array(topology.rows).fill(-1);
  const areas = new Float64Array(topology.rows);
  topology.shapes.forEach(({ row, type, chains }, shape) => {
    if (type !== GeometryType.polygon) return;
    const area = Math.abs(ringArea(chains[0]!, topology));
    if (main[row]! >= 0 && area <= areas[row]!) return;
    main[row] = shape;
    areas[row] = area;
  });
  return main;
}
