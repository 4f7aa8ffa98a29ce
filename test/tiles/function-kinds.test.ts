import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { GeometryType } from '../../server/engine/types.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf, layersOf } from '../support/decode.ts';

/** A point in the middle of a tile, in a layer named by its maker. */
function tile(name: string, properties: Record<string, string | number | boolean>): Buffer {
  const feature = { type: GeometryType.point, commands: Uint8Array.of(9, 128, 32, 128, 32), properties };
  const { bytes } = encodeLayer({ name, features: [feature], maxFeatures: 10, maxBytes: 10_000 });
  return Buffer.from(bytes);
}

const OWN = tile('own name', { name: 'a', size: 1.5, open: true });
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), deflateSync('pixels')]);
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const WEBP = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('WEBPVP8 ')]);

const bytea = (bytes: Buffer): string => `decode('${bytes.toString('hex')}', 'hex')`;
const makes = (name: string, bytes: Buffer): string =>
  `create function ${name}(z int, x int, y int) returns bytea immutable language sql as $$ select ${bytea(bytes)} $$;`;

const FUNCTIONS = `
  create table pts (id int primary key, kind int, geom geometry(point, 4326));
  insert into pts values (1, 1, 'SRID=4326;POINT(10 50)'), (2, 2, 'SRID=4326;POINT(11 50)');
  create table others (id int primary key, name text, geom geometry(point, 4326));
  insert into others values (1, 'o', 'SRID=4326;POINT(10 50)');
  create table free as select * from others;

  create function tile_rows(zoom int, col int, line int) returns table (mvt bytea, key text) stable language sql as
    $$ select ${bytea(OWN)}, md5('1') $$;
  comment on function tile_rows is '{"description":"Points, by a function","attribution":"ours","minzoom":0,"maxzoom":8}';
  create function one_column(a smallint, b bigint, c int) returns table (mvt bytea) stable language sql as
    $$ select ${bytea(OWN)} $$;
  create function "Upper"("Z" int, "X" int, "Y" int) returns bytea stable language sql as $$ select ${bytea(OWN)} $$;
  create function no_names(int, int, int) returns bytea stable language sql as $$ select ${bytea(OWN)} $$;
  create function no_row(z int, x int, y int) returns table (mvt bytea, key text) stable language sql as
    $$ select ''::bytea, '' where false $$;
  create function null_row(z int, x int, y int) returns table (mvt bytea, key text) stable language sql as
    $$ select null::bytea, null::text $$;
  create function many_rows(z int, x int, y int) returns setof bytea stable language sql as
    $$ values (${bytea(tile('one', {}))}), (${bytea(tile('two', {}))}) $$;
  create function with_json(z int, x int, y int, jsonb) returns bytea stable language sql as
    $$ select case when $4 ->> 'kind' = '2' then ${bytea(OWN)} end $$;
  create function by_kind(z int, x int, y int, kind int default 7, label text default 'it''s')
    returns bytea stable language sql as $$ select case when kind = 2 then ${bytea(OWN)} end $$;
  create function needs(z int, x int, y int, kind int) returns bytea stable language sql as $$ select ${bytea(OWN)} $$;
  create function odd_key(z int, x int, y int) returns table (mvt bytea, key text) stable language sql as
    $$ select ${bytea(OWN)}, E'not "an" etag\\n' $$;

  ${makes('png', PNG)} ${makes('jpeg', JPEG)} ${makes('webp', WEBP)}
  ${makes('zipped', gzipSync(OWN))} ${makes('zipped_png', gzipSync(PNG))}
  ${makes('text', Buffer.from('{"type":"FeatureCollection"}'))} ${makes('half', OWN.subarray(0, 20))}
  ${makes('declared', Buffer.from([1, 2, 3]))}
  comment on function declared is '{"content_type":"application/vnd.maplibre-tile"}';
  ${makes('described', OWN)}
  comment on function described is '{"name":"Described","description":"d","bounds":[5,45,15,55],"minzoom":3,"maxzoom":9,
    "vector_layers":[{"id":"said","fields":{"a":"Number"}}],"nonsense":1}';
  ${makes('mistaken', OWN)}
  comment on function mistaken is '{"description":5,"minzoom":99,"bounds":"everywhere"}';
  ${makes('prose', OWN)} comment on function prose is 'select {"a": 1}';
  create function deep(z int, x int, y int) returns bytea stable language sql as
    $$ select case when z >= 6 and x = 33 and y = 21 then ${bytea(OWN)} end $$;

  create function wrong_types(z text, x int, y int) returns bytea stable language sql as $$ select ''::bytea $$;
  create function unnamed(z int, x int, y int, int) returns bytea stable language sql as $$ select ''::bytea $$;
  create function any_number(z int, x int, y int, variadic ids int[]) returns bytea stable language sql as $$ select ''::bytea $$;
  create function twice(z int, x int, y int, a int default 1) returns bytea stable language sql as $$ select ''::bytea $$;
  create function twice(z int, x int, y int, b text default '') returns bytea stable language sql as $$ select ''::bytea $$;
  create function not_bytes(z int, x int, y int) returns text stable language sql as $$ select '' $$;
  create function wide_rows(z int, x int, y int) returns table (mvt bytea, key text, n int) stable language sql as
    $$ select ''::bytea, '', 1 $$;
  create function number_key(z int, x int, y int) returns table (mvt bytea, key int) stable language sql as
    $$ select ''::bytea, 1 $$;
  create function not_tiles(a int, b int, c text) returns bytea stable language sql as $$ select ''::bytea $$;
  create function undeclared(z int, x int, y int) returns bytea language sql as $$ select ${bytea(OWN)} $$;
  create function wanted(z int, x int, y int) returns bytea language sql as $$ select ${bytea(OWN)} $$;

  create schema "odd.schema";
  create table "odd.schema"."my ""own"" table" (id int primary key, geom geometry(point, 4326));
  insert into "odd.schema"."my ""own"" table" values (1, 'SRID=4326;POINT(10 50)');
  create table "odd.schema".areas (code text primary key, geom geometry(polygon, 4326));
  insert into "odd.schema".areas values ('a', st_makeenvelope(0, 0, 1, 1, 4326));
  create view "odd.schema"."a.cube" as select 'a' as code, 5 as n;
  create function "odd.schema"."f.1"(z int, x int, y int) returns bytea stable language sql as $$ select ${bytea(OWN)} $$;
`;

const MAPS = `
layers:
  wanted: { function: wanted, volatile: true, title: Wanted, minzoom: 2, maxzoom: 4 }
  odd: { table: '"odd.schema"."my ""own"" table"' }
  odd-function: { function: '"odd.schema"."f.1"' }
  nowhere: { table: public.typo }
  no-function: { function: typo, title: A typo }
  wrong-column: { table: pts, geometry: shape }
  zoomed: { table: others, minzoom: 3, maxzoom: 6 }
regions:
  odd: { table: '"odd.schema".areas', code: code, name: code }
choropleths:
  odd: { regions: odd, cube: { view: '"odd.schema"."a.cube"', region: code }, metrics: { n: { sum: n } } }
`;

describe('tile functions of every kind', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: FUNCTIONS, maps: MAPS });
  });
  const get = async (path: string) => {
    const { status, body, headers } = await bytesOf(server.api.get(path));
    return { status, bytes: body as Buffer, headers: headers as Record<string, string> };
  };
  const listed = async (): Promise<Record<string, Record<string, unknown>>> => {
    const { body } = await server.api.get('/tiles').expect(200);
    return Object.fromEntries((body.layers as { id: string }[]).map((layer) => [layer.id, { ...layer }]));
  };

  describe('are called by position, whatever they return', () => {
    for (const name of ['tile_rows', 'one_column', 'Upper', 'no_names', 'zipped', 'odd-function']) {
      it(name, async () => {
        const { status, bytes, headers } = await get(`/tiles/${name}/0/0/0.mvt`);
        assert.equal(status, 200, bytes.toString());
        assert.deepEqual(bytes, OWN);
        assert.equal(headers['content-type'], 'application/vnd.mapbox-vector-tile');
      });
    }
    it('several rows are one tile', async () => {
      const { bytes } = await get('/tiles/many_rows/0/0/0.mvt');
      assert.deepEqual(layersOf(bytes), ['one', 'two']);
    });
    it('an unnamed jsonb argument gets the query', async () => {
      assert.equal((await get('/tiles/with_json/0/0/0.mvt?kind=2')).status, 200);
      assert.equal((await get('/tiles/with_json/0/0/0.mvt?kind=1')).status, 204);
    });
    for (const name of ['no_row', 'null_row']) {
      it(`${name} is an empty tile`, async () => {
        assert.equal((await get(`/tiles/${name}/0/0/0.mvt`)).status, 204);
      });
    }
  });

  it('give their tiles an ETag of their own', async () => {
    const { headers } = await get('/tiles/tile_rows/0/0/0.mvt');
    assert.equal(headers.etag, '"c4ca4238a0b923820dcc509a6f75849b"');
    await server.api.get('/tiles/tile_rows/0/0/0.mvt').set('If-None-Match', headers.etag).expect(304);
    assert.match((await get('/tiles/odd_key/0/0/0.mvt')).headers.etag ?? '', /^"[\w-]{20}"$/);
  });

  describe('make pictures', () => {
    for (const [name, type, bytes] of [
      ['png', 'image/png', PNG],
      ['jpeg', 'image/jpeg', JPEG],
      ['webp', 'image/webp', WEBP],
      ['zipped_png', 'image/png', PNG],
      ['declared', 'application/vnd.maplibre-tile', Buffer.from([1, 2, 3])],
    ] as const) {
      it(name, async () => {
        for (const ending of ['mvt', 'png']) {
          const answer = await get(`/tiles/${name}/1/0/0.${ending}`);
          assert.equal(answer.status, 200);
          assert.equal(answer.headers['content-type'], type);
          assert.deepEqual(answer.bytes, bytes);
        }
      });
    }
    it('TileJSON says so', async () => {
      const { body } = await server.api.get('/tiles/jpeg.json').expect(200);
      assert.match((body.tiles as string[])[0] ?? '', /\{y\}\.jpg$/);
      assert.equal(body.format, 'jpg');
      assert.equal(body.vector_layers, undefined);
    });
    it('but not together with vector tiles', async () => {
      await server.api.get('/tiles/pts,png/0/0/0.mvt').expect(400);
      await server.api.get('/tiles/pts,png.json').expect(400);
    });
    it('and tables do not', async () => {
      const { body } = await server.api.get('/tiles/pts/0/0/0.png').expect(400);
      assert.equal(body.code, 'invalid_parameter');
    });
  });

  for (const name of ['text', 'half']) {
    it(`that make neither are refused by name: ${name}`, async () => {
      const { body } = await server.api.get(`/tiles/${name}/0/0/0.mvt`).expect(502);
      assert.deepEqual([body.code, body.reason], ['layer_query_failed', 'unsupported_result']);
    });
  }

  it('are all listed: what cannot be served with its reason', async () => {
    const layers = await listed();
    const reasons = Object.fromEntries(
      Object.entries(layers).flatMap(([id, { reason }]) => (reason === undefined ? [] : [[id, reason]])),
    );
    assert.deepEqual(reasons, {
      any_number: 'unsupported_argument',
      'no-function': 'not_in_database',
      not_bytes: 'unsupported_result',
      nowhere: 'not_in_database',
      number_key: 'unsupported_result',
      'public.twice': 'unsupported_argument',
      twice: 'unsupported_argument',
      undeclared: 'volatile_function',
      unnamed: 'unsupported_argument',
      wide_rows: 'unsupported_result',
      'wrong-column': 'not_in_database',
      wrong_types: 'unsupported_argument',
    });
    assert.equal(layers.not_tiles, undefined);
    assert.deepEqual(layers.by_kind?.arguments, [
      { name: 'kind', type: 'integer', required: false, default: '7' },
      { name: 'label', type: 'text', required: false, default: "'it''s'::text" },
    ]);
    for (const id of ['unnamed', 'not_bytes', 'undeclared', 'nowhere']) {
      const { body } = await server.api.get(`/tiles/${id}/0/0/0.mvt`).expect(501);
      assert.equal(body.reason, (reasons as Record<string, unknown>)[id]);
    }
  });

  describe('TileJSON', () => {
    const tileJson = async (path: string) => (await server.api.get(`/tiles/${path}`).expect(200)).body;

    it('names the layers and fields that tiles have', async () => {
      const { vector_layers: layers, attribution, description, maxzoom } = await tileJson('tile_rows.json');
      assert.deepEqual(layers, [
        {
          description: 'Points, by a function',
          id: 'own name',
          minzoom: 0,
          maxzoom: 8,
          fields: { name: 'String', size: 'Number', open: 'Boolean' },
        },
      ]);
      assert.deepEqual([attribution, description, maxzoom], ['ours', 'Points, by a function', 8]);
    });
    it('or what the comment says', async () => {
      const {
        name,
        description,
        bounds,
        minzoom,
        maxzoom,
        vector_layers: layers,
      } = await tileJson('described.json');
      assert.deepEqual(
        [name, description, bounds, minzoom, maxzoom],
        ['Described', 'd', [5, 45, 15, 55], 3, 9],
      );
      assert.deepEqual(layers, [
        { id: 'said', description: 'd', minzoom: 3, maxzoom: 9, fields: { a: 'Number' } },
      ]);
    });
    it('takes from a comment what is right in it, and prose as it stands', async () => {
      const { description, minzoom } = await tileJson('mistaken.json');
      assert.deepEqual([description, minzoom], [undefined, 0]);
      assert.equal((await tileJson('prose.json')).description, 'select {"a": 1}');
    });
    it('learns from the tiles that are asked for where its own look found none', async () => {
      const before = await tileJson('deep.json');
      assert.deepEqual(before.vector_layers, [{ id: 'deep', minzoom: 0, maxzoom: 14, fields: {} }]);
      await server.api.get('/tiles/deep/6/33/21.mvt').expect(200);
      const after = await tileJson('deep.json');
      assert.equal(after.vector_layers[0].id, 'own name');
    });
    it('carries parameters and filters into the URL of its tiles', async () => {
      const one = await tileJson('by_kind.json?kind=2');
      assert.match(one.tiles[0], /by_kind\/\{z\}\/\{x\}\/\{y\}\.mvt\?kind=2$/);
      assert.equal(one.vector_layers[0].id, 'own name');
      const table = await tileJson('pts.json?columns=kind&kind=1&kind=2');
      assert.match(table.tiles[0], /\.mvt\?columns=kind&kind=1&kind=2&g=\w/);
      assert.deepEqual(table.vector_layers[0].fields, { kind: 'Number' });
      const path = new URL(table.tiles[0].replace('{z}/{x}/{y}', '0/0/0')).href.replace(server.url, '');
      const { headers } = await server.api.get(path).expect(200);
      assert.match(String(headers['cache-control']), /immutable/);
    });
    it('refuses what its tiles would refuse', async () => {
      for (const path of [
        'by_kind.json?kind=x',
        'by_kind.json?nope=1',
        'pts.json?nope=1',
        'pts.json?kind=x',
        'needs.json',
      ])
        await server.api.get(`/tiles/${path}`).expect(400);
    });
  });

  it('a parameter of a composite goes to the layers that know it', async () => {
    const { bytes } = await get('/tiles/pts,by_kind,free/0/0/0.mvt?kind=2');
    assert.deepEqual(layersOf(bytes), ['pts', 'own name', 'free']);
    const filtered = await get('/tiles/pts,free/0/0/0.mvt?name=nobody');
    assert.deepEqual(layersOf(filtered.bytes), ['pts']);
    const { body } = await server.api.get('/tiles/pts,free/0/0/0.mvt?nope=1').expect(400);
    assert.equal(body.code, 'unknown_parameter');
    const { body: document } = await server.api.get('/tiles/pts,by_kind.json?kind=2').expect(200);
    assert.match((document.tiles as string[])[0] ?? '', /pts,by_kind\/.*\?kind=2$/);
  });

  it('minzoom and maxzoom protect a layer: outside there is nothing', async () => {
    for (const path of ['wanted/1/0/0', 'wanted/5/0/0', 'zoomed/2/2/1', 'zoomed/7/67/43', 'tile_rows/9/0/0'])
      assert.equal((await get(`/tiles/${path}.mvt`)).status, 204, path);
    for (const path of ['wanted/2/0/0', 'wanted/4/0/0', 'zoomed/3/4/2', 'tile_rows/8/0/0'])
      assert.equal((await get(`/tiles/${path}.mvt`)).status, 200, path);
    assert.deepEqual(layersOf((await get('/tiles/pts,zoomed/2/2/1.mvt')).bytes), ['pts']);
  });

  it('relations of any name are reached through maps.yaml', async () => {
    const { bytes } = await get('/tiles/odd/0/0/0.mvt');
    assert.deepEqual(layersOf(bytes), ['odd']);
    const { body } = await server.api.get('/gis/choropleth/odd/values.json').expect(200);
    assert.deepEqual(
      (body.rows as unknown[][]).map((row) => row[3]),
      [5],
    );
  });
});

onPostgres('a tile function as other servers take it', () => {
  it('has the layer, fields and ETag that ST_AsMVT and its second column give it', async () => {
    const { api } = await newServer({
      sql: `create table pts (id int primary key, name text, geom geometry(point, 4326));
        insert into pts values (1, 'a', 'SRID=4326;POINT(10 50)'), (2, 'b', 'SRID=4326;POINT(20 50)');
        create function tile_rows(zoom int, col int, line int) returns table (mvt bytea, key text) language sql stable as $$
          select st_asmvt(t, 'own name'), md5('1')
          from (select id, st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope(zoom, col, line)) g from pts) t $$;`,
    });
    const { body, headers } = await bytesOf(api.get('/tiles/tile_rows/0/0/0.mvt').expect(200));
    assert.equal(featuresOf(body as Buffer, 'own name').length, 2);
    assert.equal(headers.etag, '"c4ca4238a0b923820dcc509a6f75849b"');
    const { body: document } = await api.get('/tiles/tile_rows.json').expect(200);
    assert.deepEqual(document.vector_layers, [
      { id: 'own name', minzoom: 0, maxzoom: 14, fields: { id: 'Number' } },
    ]);
  });
});
