// Makes the same tiles of polygons or points again and again with a build's own code: run by instructions.ts.
import process from 'node:process';

const [kind, rounds, engine] = process.argv.slice(2);
const { AttributeTable, buildTileIndex, encodeRows, tileAt } = await import(engine);

const SIDE = 24;
const CELL = 0.4;
let state = 7;
const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;

/** A corner of the grid, moved a little, the same for all cells that meet there. */
const corners = Array.from({ length: (SIDE + 1) ** 2 }, (_, i) => [
  -100 + CELL * ((i % (SIDE + 1)) + 0.6 * random()),
  35 + CELL * (Math.floor(i / (SIDE + 1)) + 0.6 * random()),
]);
const cell = (i) => {
  const first = Math.floor(i / SIDE) * (SIDE + 1) + (i % SIDE);
  const ring = [first, first + 1, first + SIDE + 2, first + SIDE + 1, first];
  return { type: 'Polygon', coordinates: [ring.map((corner) => corners[corner])] };
};
const point = () => ({
  type: 'Point',
  coordinates: [-100 + SIDE * CELL * random(), 35 + SIDE * CELL * random()],
});
const geometries =
  kind === 'points'
    ? Array.from({ length: 3000 }, point)
    : Array.from({ length: SIDE * SIDE }, (_, i) => cell(i));

const options = { maxZoom: 24, sharedBorders: true, keepCollapsed: true, cacheBytes: 0 };
const index = buildTileIndex(
  geometries.map((geometry) => ({ geometry })),
  options,
);
const ids = geometries.map((_, row) => row);
const attributes = new AttributeTable([['code', 'code', (row) => `c${row % 40}`]], ids.length);
const zooms = [6, 7, 8, 9, 10];
const tiles = Array.from({ length: 100 }, (_, i) =>
  tileAt(-100 + SIDE * CELL * random(), 35 + SIDE * CELL * random(), zooms[i % zooms.length]),
);
let bytes = 0;
for (let round = 0; round < Number(rounds); round++) {
  for (const coord of tiles) {
    const geometry = index.tile(coord);
    bytes += encodeRows({ name: kind, geometry, ids, attributes, columns: [0] }).bytes.length;
  }
}
process.stdout.write(JSON.stringify({ tiles: tiles.length * Number(rounds), bytes }));
