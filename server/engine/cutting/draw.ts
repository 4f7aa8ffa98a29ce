import { CHUNK, type Band } from './band.ts';
import { PositionList, RingClipper, clipLine } from './clip.ts';
import { isBeyond, type Frame } from './frame.ts';
import { CommandWriter, doubleArea } from '../encoding/commands.ts';
import { GeometryColumns } from '../encoding/geometry.ts';
import type { MendedShapes } from '../mending/flat.ts';
import { mendedPolygons } from '../mending/mend.ts';
import { inPolygons, type Ring } from '../mending/rebuild.ts';
import { relinked } from '../mending/relink.ts';
import { ClippedRings } from '../mending/touching.ts';
import { shapeOf, turnOf, type Candidate, type ShapeIndex } from './shape-index.ts';
import type { ClipBox } from '../types.ts';

/** What a tile is drawn from. */
export interface Zoom {
  readonly band: Band;
  readonly mended: MendedShapes;
  /** By turn + 1. */
  readonly frames: readonly Frame[];
  readonly candidates: Uint32Array;
}

/** Writes the shapes of tiles as commands: takes the vertices of a band, rounds them to tile units and clips them. */
export class ShapeDrawer {
  readonly writer = new CommandWriter();
  readonly columns = new GeometryColumns();
  readonly #boxes: Pick<ShapeIndex, 'isWithin' | 'boxOf'>;
  readonly #box: ClipBox;
  readonly #clipper: RingClipper;
  readonly #clipped: ClippedRings;
  readonly #chain = new PositionList();
  readonly #piece = new PositionList();

  constructor(boxes: Pick<ShapeIndex, 'isWithin' | 'boxOf'>, box: ClipBox) {
    this.#boxes = boxes;
    this.#box = box;
    this.#clipper = new RingClipper(box);
    this.#clipped = new ClippedRings(box);
  }

  /** A polygon that is drawn as it is and wholly inside, as most are where there are many; false of any other. */
  wholePolygon({ band, mended, frames }: Zoom, candidate: Candidate): boolean {
    const shape = shapeOf(candidate);
    const frame = frames[turnOf(candidate) + 1]!;
    if (mended.groupOf[shape]! >= 0 || !this.#boxes.isWithin(shape, frame.within)) return false;
    const { end } = this.writer;
    this.#wholePolygon(band, mended.counts, frame, shape);
    return this.writer.end > end;
  }

  /** The polygons of a row. What clipping made touch is mended, which few tiles need: all is written anew then. */
  polygons(zoom: Zoom, first: number, end: number, start: number): void {
    const clipped = this.#clipped;
    this.#writePolygons(zoom, first, end, true);
    if (clipped.length === 0) return;
    const rings = clipped.touch() ? clipped.rings() : undefined;
    clipped.clear();
    if (!rings) return;
    this.writer.rewind({ end: start, x: 0, y: 0 }); // where the feature begins
    this.#writePolygons(zoom, first, end, false);
    for (const ring of this.#apart(rings)) this.writer.ring(this.#positions(ring));
  }

  /** Clipped rings that touch, as rings that do not: each exterior before its holes. */
  #apart(rings: readonly Ring[]): Ring[] {
    const linked = relinked(rings, this.#box);
    if (!linked || meet(linked)) return mendedPolygons(rings).flat();
    const clipped = this.#clipped;
    for (const ring of linked) clipped.add(this.#positions(ring));
    const isFine = !clipped.touch();
    clipped.clear();
    return (isFine ? inPolygons(linked) : mendedPolygons(rings)).flat();
  }

  #positions(ring: Ring): PositionList {
    const list = this.#piece;
    list.length = 0;
    list.addUnits(ring, 0, 0);
    return list;
  }

  /** @param withClipped whether polygons that have to be clipped are written, too */
  #writePolygons(
    { band, mended, frames, candidates }: Zoom,
    first: number,
    end: number,
    withClipped: boolean,
  ): void {
    let drawn: Set<number> | undefined;
    for (let i = first; i < end; i++) {
      const shape = shapeOf(candidates[i]!);
      const turn = turnOf(candidates[i]!);
      const frame = frames[turn + 1]!;
      const number = mended.groupOf[shape]!;
      if (number < 0) {
        const isWhole = this.#boxes.isWithin(shape, frame.within);
        if (isWhole) this.#wholePolygon(band, mended.counts, frame, shape);
        else if (withClipped) this.#polygon(band, frame, shape);
        continue;
      }
      // Drawn once for all the shapes that it stands for.
      const once = 3 * number + turn;
      if (drawn?.has(once)) continue;
      (drawn ??= new Set()).add(once);
      const isWhole = isInside(mended.bounds, 4 * number, frame, this.#box);
      if (!isWhole && !withClipped) continue;
      const end = mended.polygonStart[number + 1]!;
      for (let polygon = mended.polygonStart[number]!; polygon < end; polygon++)
        this.#mendedPolygon(mended, polygon, frame, isWhole);
    }
  }

  /** As no ring of it touches anything, it needs no cleaning but to leave out repeats. */
  #wholePolygon(
    { shapeStart, chainStart, coords }: Band,
    counts: Uint32Array,
    frame: Frame,
    shape: number,
  ): void {
    const first = shapeStart[shape]!;
    if (counts[first] === 0) return;
    for (let chain = first; chain < shapeStart[shape + 1]!; chain++) {
      const count = counts[chain]!;
      if (count > 0) {
        this.writer.roundedRing(coords, chainStart[chain]!, chainStart[chain + 1]!, frame, count);
      }
    }
  }

  #polygon(band: Band, frame: Frame, shape: number): void {
    const first = band.shapeStart[shape]!;
    const count = band.shapeStart[shape + 1]! - first;
    if (count > 1) {
      this.#rings(count, false, (i) => this.#ring(band, frame, first + i, false));
      return;
    }
    const exterior = this.#ring(band, frame, first, false);
    if (doubleArea(exterior) > 0) this.#write(exterior, false);
  }

  #mendedPolygon(
    { ringStart, positionStart, positions }: MendedShapes,
    polygon: number,
    frame: Frame,
    isWhole: boolean,
  ): void {
    const first = ringStart[polygon]!;
    this.#rings(ringStart[polygon + 1]! - first, isWhole, (i) => {
      const ring = positions.subarray(positionStart[first + i], positionStart[first + i + 1]);
      return this.#ringOfUnits(ring, frame, isWhole);
    });
  }

  /** Writes a polygon of so many rings, the exterior first. */
  #rings(count: number, isWhole: boolean, ring: (i: number) => PositionList): void {
    const exterior = ring(0);
    const area = doubleArea(exterior);
    if (!(area > 0)) return;
    const mark = this.writer.mark();
    const clippedBefore = this.#clipped.length;
    this.#write(exterior, isWhole);
    let rest = area;
    for (let i = 1; i < count; i++) {
      const hole = ring(i);
      const holeArea = doubleArea(hole);
      if (!(holeArea < 0)) continue;
      this.#write(hole, isWhole);
      rest += holeArea;
    }
    if (rest > 0) return;
    // The tile lies wholly in a hole.
    this.writer.rewind(mark);
    this.#clipped.rewind(clippedBefore);
  }

  #write(ring: PositionList, isWhole: boolean): void {
    this.writer.ring(ring);
    if (!isWhole) this.#clipped.add(ring);
  }

  /** A ring of whole units of the world, clipped unless it is wholly inside. */
  #ringOfUnits(units: ArrayLike<number>, { left, top }: Frame, isWhole: boolean): PositionList {
    const ring = this.#chain;
    ring.length = 0;
    ring.addUnits(units, left, top);
    return isWhole ? ring : this.#clipper.clip(ring);
  }

  /** A ring rounded and, unless it is wholly inside, clipped. It may have nothing left, or no area. */
  #ring(band: Band, frame: Frame, chain: number, isWhole: boolean): PositionList {
    const { coords, chainStart } = band;
    const ring = this.#chain;
    ring.length = 0;
    if (isWhole) ring.addRounded(coords, chainStart[chain]!, chainStart[chain + 1]!, frame);
    else this.#addNearby(band, frame, chain);
    ring.closeRing();
    return isWhole ? ring : this.#clipper.clip(ring);
  }

  /** The vertices of a long ring that can matter to the tile. */
  #addNearby({ coords, chainStart, chunkBoxes, chunkStart }: Band, frame: Frame, chain: number): void {
    const end = chainStart[chain + 1]!;
    let chunk = 4 * chunkStart[chain]!;
    for (let start = chainStart[chain]!; start < end; start += CHUNK, chunk += 4) {
      const chunkEnd = Math.min(start + CHUNK, end);
      // Of a run of vertices beyond one side of the box only the ends matter: what is between adds
      // nothing to the clipped ring.
      const step = isBeyond(frame.reach, chunkBoxes, chunk) ? Math.max(1, chunkEnd - 1 - start) : 1;
      this.#chain.addRounded(coords, start, chunkEnd, frame, step);
    }
  }

  line({ coords, chainStart, shapeStart }: Band, { scale, left, top }: Frame, shape: number): void {
    const line = this.#chain;
    for (let chain = shapeStart[shape]!; chain < shapeStart[shape + 1]!; chain++) {
      line.length = 0;
      for (let i = 2 * chainStart[chain]!; i < 2 * chainStart[chain + 1]!; i += 2) {
        line.add(Math.round(coords[i]! * scale - left), Math.round(coords[i + 1]! * scale - top));
      }
      clipLine(line, this.#box, this.#piece, (piece) => this.writer.line(piece));
    }
  }

  /** A polygon without area in tile units as one square unit, if that is in the tile. */
  collapsed({ band, mended, frames }: Zoom, candidate: Candidate): void {
    const shape = shapeOf(candidate);
    const frame = frames[turnOf(candidate) + 1]!;
    const group = mended.groupOf[shape]!;
    const hasArea =
      group >= 0
        ? mended.polygonStart[group + 1]! > mended.polygonStart[group]!
        : doubleArea(this.#ring(band, frame, band.shapeStart[shape]!, true)) > 0;
    if (hasArea) return;
    const { min, max } = this.#box;
    const [minX, minY, maxX, maxY] = this.#boxes.boxOf(shape);
    const x = Math.floor(((minX + maxX) / 2) * frame.scale - frame.left);
    const y = Math.floor(((minY + maxY) / 2) * frame.scale - frame.top);
    if (x < min || y < min || x >= max || y >= max) return;
    const square = Float64Array.of(x, y, x + 1, y, x + 1, y + 1, x, y + 1);
    this.writer.ring({ data: square, length: square.length });
  }
}

/**
 * Whether rings, or two parts of one, have a position in common: a hole that touched another one and is part of the
 * outline now may cut the interior in two.
 */
function meet(rings: readonly Ring[]): boolean {
  const seen = new Set<number>();
  let count = 0;
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2, count++) seen.add(ring[i]! * 2 ** 24 + ring[i + 1]!);
  }
  return seen.size < count;
}

/** Whether the box of a group, whose four numbers are at `at`, is in the tile or its buffer. */
function isInside(bounds: Float64Array, at: number, { left, top }: Frame, { min, max }: ClipBox): boolean {
  return (
    bounds[at]! - left >= min &&
    bounds[at + 1]! - top >= min &&
    bounds[at + 2]! - left <= max &&
    bounds[at + 3]! - top <= max
  );
}
