import { chmod, rm } from 'node:fs/promises';
import type sqlite from 'node-sqlite3-wasm';
import { firstId, tileAtPlace } from '../format/tile-id.ts';
import type { Heading, TileFile } from './tile-file.ts';

/** Tiles are rows of `map`, which name their contents: those that are alike are kept once. Readers look at the view. */
const SCHEMA = `
  pragma journal_mode = off;
  pragma synchronous = off;
  pragma application_id = 0x4d504258;
  create table metadata (name text primary key, value text);
  create table map (zoom_level integer, tile_column integer, tile_row integer, tile_id integer,
    primary key (zoom_level, tile_column, tile_row)) without rowid;
  create table images (tile_id integer primary key, tile_data blob);
  create view tiles as select zoom_level, tile_column, tile_row, tile_data from map join images using (tile_id);`;

/**
 * Writes what an archive has as MBTiles (https://github.com/mapbox/mbtiles-spec, 1.3): the same tiles, compressed with gzip, rows
 * counted from the south.
 * @param path of a file that is replaced
 */
export async function writeMbtiles(path: string, tiles: TileFile, heading: Heading): Promise<void> {
  const { default: library } = await import('node-sqlite3-wasm'); // for who asks for it alone
  await rm(path, { force: true });
  const db = new library.Database(path);
  try {
    db.exec(SCHEMA);
    db.exec('begin');
    writeMetadata(db, heading);
    await writeTiles(db, tiles);
    db.exec('commit');
  } finally {
    db.close();
  }
  await chmod(path, 0o666 & ~process.umask()); // as any other file: the library makes it its owner's alone
}

function writeMetadata(db: sqlite.Database, { zooms, bounds, center, metadata }: Heading): void {
  const { vector_layers, chorograph, ...plain } = metadata as Record<string, unknown>;
  const values = {
    ...plain,
    bounds: bounds.join(),
    center: center.join(),
    minzoom: zooms[0],
    maxzoom: zooms[1],
    json: JSON.stringify({ vector_layers }),
    chorograph: JSON.stringify(chorograph),
  };
  for (const [name, value] of Object.entries(values))
    db.run('insert into metadata values (?, ?)', [name, String(value)]);
}

async function writeTiles(db: sqlite.Database, tiles: TileFile): Promise<void> {
  const image = db.prepare('insert into images values (?, ?)');
  const place = db.prepare('insert into map values (?, ?, ?, ?)');
  try {
    let z = 0;
    let written = -1;
    for (const { id, run, offset, length } of tiles.entries()) {
      // Contents stand in the order of the tiles that had them first.
      if (offset > written) {
        image.run([offset, await tiles.content(offset, length)]);
        written = offset;
      }
      for (let i = id; i < id + run; i++) {
        while (firstId(z + 1) <= i) z++;
        const { x, y } = tileAtPlace(z, i - firstId(z));
        place.run([z, x, 2 ** z - 1 - y, offset]);
      }
    }
  } finally {
    image.finalize();
    place.finalize();
  }
}
