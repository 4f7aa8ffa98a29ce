import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PMTiles, zxyToTileId, type RangeResponse, type Source } from 'pmtiles';
import { exportArchive, type ExportOptions, type Wanted } from '../../server/archives/public.ts';
import { firstId, tileAtPlace, tileId } from '../../server/archives/format/tile-id.ts';
import { pack } from '../../server/archives/making/pack.ts';
import { TileFile } from '../../server/archives/making/tile-file.ts';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { eventually } from '../support/eventually.ts';
import { backend, newServer, type TestServer } from '../support/environment.ts';

const KEY = 'a-key-that-may-do-everything';

/** Two fields of a square metre far from the others: nothing of them is seen at low zooms. */
const SQL = `
  create table fields (id int primary key, name text, secret text, geom geometry(Polygon, 4326));
  insert into fields select i, 'field ' || i % 7, 'hidden', st_makeenvelope(8 + i * 0.05, 47, 8.05 + i * 0.05, 47.05, 4326)
    from generate_series(0, 39) i;
  insert into fields values
    (100, 'tiny', 'hidden', st_makeenvelope(-60, -20, -59.99999, -19.99999, 4326)),
    (101, 'tiny', 'hidden', st_makeenvelope(-60.1, -20, -60.09999, -19.99999, 4326));
  create table places (id int primary key, kind text, geom geometry(Point, 4326));
  insert into places select i, 'kind ' || i % 3, st_point(100 + i % 50 * 0.2, (i / 50) * 0.2, 4326)
    from generate_series(0, 1999) i;
  create materialized view sizes as select id::text as code, y as year, (id * 7 % 50)::bigint as n
    from fields, generate_series(2020, 2021) y where id < 30;`;

const MAPS = `
regions:
  fields: { table: public.fields, geometry: geom, code: id, name: name }
choropleths:
  sizes:
    regions: fields
    cube: { view: public.sizes, region: code, dimensions: [year] }
    metrics: { size: { sum: n } }
    suppress: { below: 5 }
layers:
  fields: { table: public.fields, withhold: [secret] }
  kept: { table: public.places, access: key }
`;

/** A file for the official reader. */
class FileSource implements Source {
  readonly #path: string;
  constructor(path: string) {
    this.#path = path;
  }
  getKey(): string {
    return this.#path;
  }
  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    const file = await open(this.#path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    await file.close();
    return { data: Uint8Array.from(buffer.subarray(0, bytesRead)).buffer };
  }
}

const reader = (path: string): PMTiles => new PMTiles(new FileSource(path));

async function tileIn(archive: PMTiles, { z, x, y }: TileCoord): Promise<Buffer | undefined> {
  const found = await archive.getZxy(z, x, y);
  return found && Buffer.from(found.data);
}

const allTiles = (to: number): TileCoord[] =>
  Array.from({ length: firstId(to + 1) }, (_, id) => {
    let z = 0;
    while (firstId(z + 1) <= id) z++;
    return tileAtPlace(z, id - firstId(z));
  });

async function bytesOf(server: TestServer, path: string): Promise<{ status: number; body: Buffer }> {
  const answer = await fetch(server.url + path, { headers: { 'X-API-Key': KEY } });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}

describe('archives of tiles', () => {
  let folder: string;
  let server: TestServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-archives-'));
    server = await newServer({
      sql: SQL,
      maps: MAPS,
      environment: {
        CHOROGRAPH_API_KEY: KEY,
        CHOROGRAPH_ARCHIVES_DIR: folder,
        // The engine that asks PostGIS for each tile, where there is one.
        ...(backend === 'postgres' ? { CHOROGRAPH_MEMORY_VERTICES: '250' } : {}),
      },
    });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const at = (name: string): string => join(folder, `${name}.pmtiles`);

  async function made(
    name: string,
    wanted: Partial<Wanted>,
    options: Partial<ExportOptions> = {},
  ): Promise<PMTiles> {
    const said: ExportOptions = {
      out: at(name),
      zooms: [0, 4],
      bbox: undefined,
      threads: 2,
      signal: new AbortController().signal,
      say: () => {},
      tell: () => {},
      checkpointMs: 0,
      ...options,
    };
    await exportArchive(server.ctx, { kind: 'layer', id: 'fields', query: {}, ...wanted }, said);
    return reader(at(name));
  }

  async function live(path: string, { z, x, y }: TileCoord, search = ''): Promise<Buffer | undefined> {
    const answer = await bytesOf(server, `${path}/${z}/${x}/${y}.mvt${search}`);
    assert.ok([200, 204].includes(answer.status), `${path} ${answer.status}`);
    return answer.status === 204 ? undefined : answer.body;
  }

  /** How many of the tiles are filled, in the archive and as they are served. */
  async function compared(
    archive: PMTiles,
    path: string,
    coords: readonly TileCoord[],
    search?: string,
  ): Promise<number> {
    let filled = 0;
    for (const coord of coords) {
      const [kept, now] = await Promise.all([tileIn(archive, coord), live(path, coord, search)]);
      assert.deepEqual(kept, now, `${path} ${JSON.stringify(coord)}`);
      if (now) filled++;
    }
    return filled;
  }

  it('have every tile of a choropleth as it is served, byte by byte', async () => {
    const query = { year: '2021', classes: '3' };
    const wanted = { kind: 'choropleth', id: 'sizes', query } as const;
    const archive = await made('sizes', wanted, { zooms: [0, 3] });
    const filled = await compared(
      archive,
      '/gis/choropleth/sizes/tiles',
      allTiles(3),
      '?year=2021&classes=3',
    );
    assert.equal((await archive.getHeader()).numAddressedTiles, filled);
  });

  it('have every tile of a layer, also of what low zooms do not show', async () => {
    const archive = await made('fields', {}, { zooms: [1, 14] });
    await compared(archive, '/tiles/fields', allTiles(3).slice(1));
    assert.equal(await tileIn(archive, { z: 0, x: 0, y: 0 }), undefined, 'that zoom was not asked for');
    const tiny = (z: number): TileCoord[] =>
      [-60, -60.1].map((longitude) => tileAt(longitude + 5e-6, -20 + 5e-6, z));
    assert.equal(await compared(archive, '/tiles/fields', tiny(9)), 0);
    assert.equal(await compared(archive, '/tiles/fields', tiny(14)), 2);
    const header = await archive.getHeader();
    assert.deepEqual([header.minZoom, header.maxZoom, header.clustered], [1, 14, true]);
    assert.ok(header.numTileContents < header.numAddressedTiles, 'the inside of a field is there once');
    const metadata = (await archive.getMetadata()) as { vector_layers: { id: string; fields: object }[] };
    assert.deepEqual(
      metadata.vector_layers.map(({ id, fields }) => [id, fields]),
      [['fields', { name: 'String' }]],
    );
  });

  it('are MBTiles by their name: the same tiles, counted from the south', async () => {
    const wanted = { kind: 'choropleth', id: 'sizes', query: { year: '2021' } } as const;
    const archive = await made('as-pmtiles', wanted);
    const out = join(folder, 'as.mbtiles');
    await made('as', wanted, { out });
    const { default: sqlite } = await import('node-sqlite3-wasm');
    const db = new sqlite.Database(out, { readOnly: true });
    interface Row extends Record<'zoom_level' | 'tile_column' | 'tile_row', number> {
      tile_data: Uint8Array;
    }
    const rows = db.all('select * from tiles') as unknown as Row[];
    let filled = 0;
    for (const coord of allTiles(4)) {
      const row = rows.find(
        (one) =>
          one.zoom_level === coord.z &&
          one.tile_column === coord.x &&
          one.tile_row === 2 ** coord.z - 1 - coord.y,
      );
      assert.deepEqual(row && gunzipSync(row.tile_data), await tileIn(archive, coord), JSON.stringify(coord));
      filled += Number(row !== undefined);
    }
    assert.ok(filled > 5 && filled === rows.length);
    const said = new Map(
      db.all('select name, value from metadata').map(({ name, value }) => [name, String(value)]),
    );
    assert.deepEqual([said.get('format'), said.get('minzoom'), said.get('maxzoom')], ['pbf', '0', '4']);
    const { vector_layers: layers } = JSON.parse(said.get('json') ?? '') as { vector_layers: unknown };
    const metadata = (await archive.getMetadata()) as { vector_layers: unknown };
    assert.deepEqual(layers, metadata.vector_layers);
    assert.equal(said.get('bounds')?.split(',').length, 4);
    const { contents } = db.get('select count(*) as contents from images') as { contents: number };
    assert.ok(contents <= rows.length);
    db.close();
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('as.')),
      ['as.mbtiles'],
    );
  });

  it('have the tiles that the database makes, of a part of the world and with parameters', async () => {
    const query = { columns: 'kind', filter: "kind <> 'kind 1'" };
    const wanted = { id: 'kept', query };
    const archive = await made('kept', wanted, { zooms: [0, 7], bbox: [100, 0, 105, 4] });
    const search = `?${new URLSearchParams(query).toString()}`;
    const coords = [1, 4, 6, 7].map((z) => tileAt(102, 3, z));
    assert.equal(await compared(archive, '/tiles/kept', coords, search), 4);
    assert.equal(await tileIn(archive, tileAt(108, 3, 7)), undefined, 'outside of the box');
  });

  it('that are ended are gone on with to the same bytes, however often', async () => {
    const whole = await made('whole', {}, { zooms: [0, 12] });
    const total = (await whole.getHeader()).numAddressedTiles;
    const said: string[] = [];
    for (const ends of [0.2, 0.5, 0.9]) {
      const tell: ExportOptions['tell'] = ({ tiles }) => {
        if (tiles > ends * total) throw new Error('ended');
      };
      await assert.rejects(
        made('ended', {}, { zooms: [0, 12], tell, say: (text) => said.push(text) }),
        /ended/,
      );
    }
    // What was being written when it ended is there in part.
    await appendFile(`${at('ended')}.partial`, 'half of a til');
    await appendFile(`${at('ended')}.partial.journal`, 'half of a rec');
    await made('ended', {}, { zooms: [0, 12], say: (text) => said.push(text) });
    assert.ok((await readFile(at('ended'))).equals(await readFile(at('whole'))));
    assert.equal(said.filter((text) => text.startsWith('going on behind')).length, 3);
    await assert.rejects(stat(`${at('ended')}.partial.journal`));
  });

  it('that were ended are begun anew for other data, and where the tiles are not what was noted', async () => {
    const ended = async (): Promise<void> => {
      const tell: ExportOptions['tell'] = ({ zoom }) => {
        if (zoom > 2) throw new Error('ended');
      };
      await assert.rejects(made('begun', {}, { zooms: [0, 5], tell }), /ended/);
    };
    const told = async (): Promise<string> => {
      const said: string[] = [];
      await made('begun', {}, { zooms: [0, 5], say: (text) => said.push(text) });
      return said.join();
    };
    await ended();
    await truncate(`${at('begun')}.partial`, 17_000);
    assert.match(await told(), /does not hold what .* says: beginning anew/);
    assert.ok((await compared(reader(at('begun')), '/tiles/fields', [tileAt(8.06, 47.02, 5)])) > 0);
    await ended();
    await server.run(`update fields set name = 'another' where id = 1`);
    await server.ctx.generations.poll();
    await eventually(async () => {
      await server.ctx.generations.poll();
      return (await live('/tiles/fields', tileAt(8.06, 47.02, 5)))?.includes('another');
    });
    assert.match(await told(), /of other data or another map: beginning anew/);
    assert.equal(await compared(reader(at('begun')), '/tiles/fields', [tileAt(8.06, 47.02, 5)]), 1);
  });
});

describe('the form of an archive', () => {
  it('numbers tiles as the official reader does', () => {
    for (const z of [0, 1, 2, 5, 14, 24])
      for (let i = 0; i < 50; i++) {
        const coord = tileAt(((i * 77.7) % 360) - 180, ((i * 33.3) % 160) - 80, z);
        const id = tileId(coord);
        assert.equal(id, zxyToTileId(z, coord.x, coord.y));
        assert.deepEqual(tileAtPlace(z, id - firstId(z)), coord);
      }
  });

  it('has directories below its root where there are many tiles, and each content once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chorograph-archive-'));
    const path = join(folder, 'many.pmtiles');
    const file = await TileFile.open(path);
    const contents = Array.from({ length: 10 }, (_, i) => `content ${i}`);
    const packed = contents.map((content) => pack(Buffer.from(content)));
    // Every second one, so that none make a run.
    for (let place = 0; place < 40_000; place += 2) {
      const { hash, bytes } = packed[place % 10]!;
      file.add(firstId(9) + place, hash, bytes);
    }
    await file.finish({
      zooms: [9, 9],
      bounds: [-180, -85, 180, 85],
      center: [0, 0, 9],
      metadata: { name: 'many' },
    });
    await file.close();
    const archive = reader(path);
    const header = await archive.getHeader();
    assert.ok((header.leafDirectoryLength ?? 0) > 0);
    assert.deepEqual([header.numAddressedTiles, header.numTileContents], [20_000, 5]);
    for (let place = 0; place < 40_000; place += 331)
      assert.equal(
        (await tileIn(archive, tileAtPlace(9, place)))?.toString(),
        place % 2 === 0 ? contents[place % 10] : undefined,
      );
    await rm(folder, { recursive: true });
  });
});
