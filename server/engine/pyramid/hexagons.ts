import { positionsOf, type CommandWriter } from '../encoding/commands.ts';
import { DEFAULT_EXTENT } from '../grid.ts';
import { GeometryType, type LayerFeature, type TileCoord } from '../types.ts';
import type { Cell } from './cells.ts';
import { writeFeatures, type CellRecipe, type Figures } from './features.ts';

/**
 * Hexagons with a corner up, 256 tile units (32 screen pixels) wide: 16 side by side in a tile. They
 * cover the world in rows that are 3/2 radii apart, every other row half a width aside, and close
 * at the antimeridian, as a whole number of them goes round the world.
 */
const WIDTH = 256;
const RADIUS = WIDTH / Math.sqrt(3);
const ROW_HEIGHT = 1.5 * RADIUS;
const PER_TILE = DEFAULT_EXTENT / WIDTH;

/** Tile units around a tile in which hexagons that reach into it may have points. */
export const HEXAGON_MARGIN = Math.ceil(2 * RADIUS);

interface Hexagon {
  /** Column (not wrapped) and row in the world; odd rows stand half a width to the east. */
  readonly column: number;
  readonly row: number;
}

interface Sum extends Hexagon {
  figures: Figures;
}

/**
 * Cells of `zoom`, the tile's own or a deeper one, added up in hexagons, each cell in the one that its mean position is in. A hexagon
 * that reaches over the tile's edge is in every tile that it touches, whole and with the same id and figures; it
 * belongs to the one that its centre is in (0 ≤ x, y < 4096). The cells must reach `HEXAGON_MARGIN` around the tile.
 */
export function hexagonFeatures(
  cells: readonly Cell[],
  coord: TileCoord,
  recipe: CellRecipe,
  zoom: number,
): LayerFeature[] {
  const scale = 2 ** (coord.z - zoom);
  const found = new Map<string, Sum>();
  for (const cell of cells) {
    const hexagon = hexagonAt(cell.x * scale, cell.y * scale, coord.z);
    const key = `${hexagon.column},${hexagon.row}`;
    const sum = found.get(key);
    if (sum) sum.figures = add(sum.figures, cell);
    else found.set(key, { ...hexagon, figures: cell });
  }
  const inTile = [...found.values()]
    .filter((hexagon) => touches(hexagon, coord))
    .sort((a, b) => a.row - b.row || a.column - b.column);
  const round = PER_TILE * 2 ** coord.z;
  return writeFeatures(
    inTile.map(({ figures, ...hexagon }) => ({
      id: hexagon.row * round + (((hexagon.column % round) + round) % round),
      figures,
      draw: (writer: CommandWriter) => {
        writer.ring(positionsOf(corners(hexagon, coord)));
        return true;
      },
    })),
    GeometryType.polygon,
    recipe,
  );
}

/**
 * The hexagon around a position in the world (tile units of the zoom): the one with the nearest centre, which
 * is in one of two rows. A row whose centres are south of the world would be in no tile; the one before it takes its points.
 */
function hexagonAt(x: number, y: number, z: number): Hexagon {
  const above = Math.floor(y / ROW_HEIGHT);
  const nearestIn = (row: number): Hexagon & { distance: number } => {
    const column = Math.round((x - shift(row)) / WIDTH);
    const distance = Math.hypot(column * WIDTH + shift(row) - x, row * ROW_HEIGHT - y);
    return { column, row, distance };
  };
  const best = nearestIn(above);
  if ((above + 1) * ROW_HEIGHT >= DEFAULT_EXTENT * 2 ** z) return best;
  const other = nearestIn(above + 1);
  return other.distance < best.distance ? other : best;
}

/** In units of the tile. */
function centreOf({ column, row }: Hexagon, coord: TileCoord): [x: number, y: number] {
  return [
    column * WIDTH + shift(row) - coord.x * DEFAULT_EXTENT,
    row * ROW_HEIGHT - coord.y * DEFAULT_EXTENT,
  ];
}

function shift(row: number): number {
  return row % 2 === 0 ? 0 : WIDTH / 2;
}

function touches(hexagon: Hexagon, coord: TileCoord): boolean {
  const [x, y] = centreOf(hexagon, coord);
  const overlaps = (centre: number, reach: number): boolean =>
    centre > -reach && centre < DEFAULT_EXTENT + reach;
  return overlaps(x, WIDTH / 2) && overlaps(y, RADIUS);
}

/** Clockwise on screen from the top. Heights count in half radii, so that neighbours round alike. */
function corners(hexagon: Hexagon, coord: TileCoord): number[] {
  const [x] = centreOf(hexagon, coord);
  const height = (halfRadii: number): number =>
    Math.round(((3 * hexagon.row + halfRadii) * RADIUS) / 2 - coord.y * DEFAULT_EXTENT);
  const [west, east] = [x - WIDTH / 2, x + WIDTH / 2];
  const [top, upper, lower, bottom] = [height(-2), height(-1), height(1), height(2)];
  return [x, top, east, upper, east, lower, x, bottom, west, lower, west, upper];
}

function add(a: Figures, b: Figures): Figures {
  return {
    count: a.count + b.count,
    sums: a.sums.map((value, i) => value + (b.sums[i] ?? 0)),
    categories: a.categories.map((count, i) => count + (b.categories[i] ?? 0)),
  };
}
