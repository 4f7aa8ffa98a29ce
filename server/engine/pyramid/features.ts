import { positionsOf, CommandWriter } from '../encoding/commands.ts';
import { DEFAULT_EXTENT } from '../grid.ts';
import {
  GeometryType,
  type LayerFeature,
  type Properties,
  type PropertyValue,
  type TileCoord,
} from '../types.ts';
import { CELLS } from './blocks.ts';
import { CELL_UNITS, type Cell } from './cells.ts';

/** Which properties cells get. */
export interface CellRecipe {
  /** Properties of the summed columns, in the order of `Cell.sums`. */
  readonly sums: readonly { readonly sum: string; readonly n: string; readonly mean: string }[];
  /** Properties that count categories, in the order of `Cell.categories`. */
  readonly categories: readonly string[];
  /** Positions of the categories that a filter chose; all points count where absent. */
  readonly chosen?: readonly number[] | undefined;
}

/** Figures that add up: those of one cell, or of several. */
export type Figures = Pick<Cell, 'count' | 'sums' | 'categories'>;

/**
 * Cells as points at their mean positions, in the tile and up to `buffer` units around it. As a position is
 * always inside its cell, a cell's point has 0 ≤ x, y < 4096 in exactly one tile.
 */
export function pointFeatures(
  cells: readonly Cell[],
  coord: TileCoord,
  recipe: CellRecipe,
  buffer: number,
): LayerFeature[] {
  const within = (value: number): boolean => value >= -buffer && value < DEFAULT_EXTENT + buffer;
  const position = { data: new Float64Array(2), length: 2 };
  return drawn(cells, coord, recipe, GeometryType.point, (writer, cell) => {
    const x = cell.x - coord.x * DEFAULT_EXTENT;
    const y = cell.y - coord.y * DEFAULT_EXTENT;
    if (!within(x) || !within(y)) return false;
    position.data[0] = x;
    position.data[1] = y;
    writer.points(position);
    return true;
  });
}

/** Cells as squares. None reaches over the tile's edge, so a tile needs its own cells only. */
export function squareFeatures(cells: readonly Cell[], coord: TileCoord, recipe: CellRecipe): LayerFeature[] {
  return drawn(cells, coord, recipe, GeometryType.polygon, (writer, cell) => {
    const [left, top] = [
      cell.column * CELL_UNITS - coord.x * DEFAULT_EXTENT,
      cell.row * CELL_UNITS - coord.y * DEFAULT_EXTENT,
    ];
    const [right, bottom] = [left + CELL_UNITS, top + CELL_UNITS];
    writer.ring(positionsOf([left, top, right, top, right, bottom, left, bottom]));
    return true;
  });
}

function drawn(
  cells: readonly Cell[],
  coord: TileCoord,
  recipe: CellRecipe,
  type: GeometryType,
  draw: (writer: CommandWriter, cell: Cell) => boolean,
): LayerFeature[] {
  const side = 2 ** coord.z * CELLS;
  const inOrder = [...cells].sort((a, b) => a.row - b.row || a.column - b.column);
  return writeFeatures(
    inOrder.map((cell) => ({
      id: cell.row * side + (((cell.column % side) + side) % side),
      figures: cell,
      draw: (writer: CommandWriter) => draw(writer, cell),
    })),
    type,
    recipe,
  );
}

/** Something that can be drawn with figures; `draw` answers false where it does not lie in the tile. */
export interface Drawable {
  readonly id: number;
  readonly figures: Figures;
  readonly draw: (writer: CommandWriter) => boolean;
}

/** Features of all that lies in the tile and has points to count, in the order given. */
export function writeFeatures(
  drawables: readonly Drawable[],
  type: GeometryType,
  recipe: CellRecipe,
): LayerFeature[] {
  const writer = new CommandWriter();
  const found: { id: number; properties: Properties; start: number; end: number }[] = [];
  for (const { id, figures, draw } of drawables) {
    const properties = figureProperties(figures, recipe);
    if (!properties) continue;
    const start = writer.end;
    writer.begin();
    if (draw(writer)) found.push({ id, properties, start, end: writer.end });
  }
  const bytes = writer.toBytes();
  return found.map(({ id, properties, start, end }) => ({
    id,
    type,
    properties,
    commands: bytes.subarray(start, end),
  }));
}

/** What a cell says; undefined where a filter leaves no point in it. */
export function figureProperties(figures: Figures, recipe: CellRecipe): Properties | undefined {
  const { chosen } = recipe;
  const category = (i: number): number => figures.categories[i] ?? 0;
  const count = chosen ? chosen.reduce((sum, i) => sum + category(i), 0) : figures.count;
  if (count === 0) return undefined;
  const properties: Record<string, PropertyValue> = { count };
  recipe.sums.forEach((name, i) => {
    const [sum = 0, n = 0] = [figures.sums[2 * i], figures.sums[2 * i + 1]];
    // A sum of no values is not 0: it is not there.
    if (n > 0) {
      properties[name.sum] = sum;
      properties[name.mean] = Number((sum / n).toPrecision(6));
    }
    properties[name.n] = n;
  });
  recipe.categories.forEach((property, i) => {
    if (!chosen || chosen.includes(i)) properties[property] = category(i);
  });
  return properties;
}
