import type { Bounds, TileCoord, TileUnits } from '../types.ts';

/** A tile's units for shapes drawn where they are, or a whole turn of the world aside. */
export interface Frame extends TileUnits {
  /** World bounds of all that may be inside the buffer once it is rounded. */
  readonly reach: Bounds;
  /** World bounds of what needs no clipping. */
  readonly within: Bounds;
}

/** The frame of a tile for shapes that are moved by so many worlds. */
export function frameOf(
  { z, x, y }: TileCoord,
  turn: number,
  { extent, buffer }: { readonly extent: number; readonly buffer: number },
): Frame {
  const scale = extent * 2 ** z;
  const left = x * extent - turn * scale;
  const top = y * extent;
  const bounds = (margin: number): Bounds => [
    (left - margin) / scale,
    (top - margin) / scale,
    (left + extent + margin) / scale,
    (top + extent + margin) / scale,
  ];
  // One unit more than the buffer, for rounding.
  return { scale, left, top, reach: bounds(buffer + 1), within: bounds(buffer) };
}

/** Whether the four numbers at `at` are a box wholly beyond one side of `box`. */
export function isBeyond(box: Bounds, boxes: Float64Array, at: number): boolean {
  return boxes[at]! > box[2] || boxes[at + 1]! > box[3] || boxes[at + 2]! < box[0] || boxes[at + 3]! < box[1];
}
