import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../support/environment.ts';
import { Editor, feature, PATCH, point } from './support.ts';

const TABLES = `
  create type colour as enum ('red', 'green');
  create table places (
    id serial primary key, name text not null, height double precision, floors int check (floors > 0), colour colour,
    since date, at timestamptz, tags text[], doc jsonb, code varchar(3) unique, secret text default 'hidden',
    made int generated always as (floors * 2) stored, geom geometry(point, 4326));
  insert into places (name, height, floors, code, geom)
    select 'place ' || i, i / 2.0, i, 'c' || i, st_setsrid(st_point(i, 50), 4326) from generate_series(1, 20) i;
  create table owners (name text primary key);
  insert into owners values ('anna');
  create table parcels (
    code text primary key, owner text references owners, area numeric(12, 2) default 1.5,
    geom geometry(multipolygon, 25832) not null);
  insert into parcels values ('p1', 'anna', 10,
    st_transform(st_multi(st_makeenvelope(9, 50, 9.01, 50.01, 4326)), 25832));
  create schema "Odd";
  create domain "Odd".grade as int check (value between 1 and 6);
  create table "Odd"."Table ""x""" (
    "Id" uuid primary key default gen_random_uuid(), "a b" "Odd".grade not null default 2, "__proto__" text, "order" bigint,
    price numeric, list int[], geom geography(pointz) not null);
  create table fixed (id int primary key, geom geometry(point, 4326));
  insert into fixed values (1, 'SRID=4326;POINT(1 1)');
  create table closed (id int primary key, name text, geom geometry(point, 4326));
  insert into closed values (1, 'x', 'SRID=4326;POINT(1 1)');
`;
const MAPS = `
layers:
  places: { table: places, withhold: [secret], edit: true }
  parcels: { table: parcels, edit: { columns: [owner, area], scope: "scope:surveyor" } }
  odd: { table: '"Odd"."Table ""x"""', edit: true }
  fixed: { table: fixed }
  closed: { table: closed, access: "scope:inner", edit: true }
`;
const PLACES = '/ogc/collections/places/items';
const PARCELS = '/ogc/collections/parcels/items';
const EPSG = 'http://www.opengis.net/def/crs/EPSG/0/';

describe('OGC API Features Part 4', function () {
  let server: TestServer;
  let editor: Editor;
  let surveyor: Editor;
  before(async () => {
    server = await newServer({ sql: TABLES, maps: MAPS, environment: { CHOROGRAPH_LIMIT_WRITE: 'off' } });
    editor = await Editor.with(server, 'edit');
    surveyor = await Editor.with(server, 'scope:surveyor');
  });
  /** A feature of its own for a test, and its ETag. */
  const made = async (properties: object = {}) => {
    const { status, headers, body } = await editor.send('post', PLACES, {
      body: feature(point(7, 51), { name: 'a place', ...properties }),
    });
    assert.equal(status, 201, JSON.stringify(body));
    return { path: headers.location!.replace(server.url, ''), etag: headers.etag!, body };
  };
  const etagOf = async (path: string): Promise<string> => (await editor.get(path)).headers.etag!;

  describe('Create/Replace/Delete', () => {
    it('/conf/create-replace-delete/options: what is edited says so, and what is not does not', async () => {
      const items = await editor.send('options', PLACES);
      assert.deepEqual(
        [items.status, items.headers.allow, items.headers['accept-post']],
        [200, 'GET, HEAD, POST, OPTIONS', 'application/geo+json, application/json'],
      );
      const one = await editor.send('options', `${PLACES}/1`);
      assert.deepEqual(
        [one.status, one.headers.allow, one.headers['accept-patch']],
        [200, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS', PATCH],
      );
      const fixed = await editor.send('options', '/ogc/collections/fixed/items');
      assert.deepEqual([fixed.status, fixed.headers.allow], [200, 'GET, HEAD, OPTIONS']);
      const preflight = await editor.send('options', PLACES, {
        origin: 'https://example.org',
        'access-control-request-method': 'GET',
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers['access-control-allow-methods'], 'GET,HEAD,OPTIONS');
    });

    it('/conf/create-replace-delete/create: Location leads to the feature, which has the id and the ETag that were told', async () => {
      const properties = {
        ...{ name: 'Ärger & Söhne', height: 1.5, floors: 3, colour: 'green', since: '2024-02-29' },
        ...{ at: '2024-05-01T12:00:00+02:00', tags: ['a', 'b"c'], doc: { deep: [1, null] }, code: 'x1' },
      };
      const created = await editor.send('post', PLACES, { body: feature(point(7.1234567, 51), properties) });
      assert.equal(created.status, 201);
      const { headers, body } = await editor.get(created.headers.location!);
      assert.deepEqual(body, created.body);
      assert.equal(headers.etag, created.headers.etag);
      assert.deepEqual(body.geometry, point(7.1234567, 51));
      assert.deepEqual(body.properties, {
        ...{
          id: body.id,
          name: 'Ärger & Söhne',
          height: 1.5,
          floors: 3,
          colour: 'green',
          since: '2024-02-29',
        },
        ...{
          at: '2024-05-01T10:00:00.000Z',
          tags: ['a', 'b"c'],
          doc: { deep: [1, null] },
          code: 'x1',
          made: 6,
        },
      });
      assert.match(created.headers.location!, new RegExp(`/items/${body.id}$`));
      const withId = await editor.send('post', PLACES, {
        body: feature(null, { name: 'n' }, { id: 999_999, bbox: [1, 2, 3, 4], foreign: true }),
      });
      assert.deepEqual([withId.status, withId.body.geometry], [201, null]);
      assert.notEqual(withId.body.id, 999_999, 'the table makes its ids');
    });

    it('/conf/create-replace-delete/create-content-type, replace-content-type, /conf/update/update-content-type', async () => {
      const body = JSON.stringify(feature(point(1, 1), { name: 'n' }));
      const raw = (method: string, path: string, type?: string) =>
        fetch(server.url + path, {
          method,
          body: new Blob([body]),
          headers: { 'X-API-Key': editor.key!, ...(type === undefined ? {} : { 'Content-Type': type }) },
        }).then(({ status }) => status);
      for (const [method, path] of [
        ['POST', PLACES],
        ['PUT', `${PLACES}/1`],
        ['PATCH', `${PLACES}/1`],
      ] as const) {
        assert.equal(await raw(method, path), 400, method);
        assert.equal(await raw(method, path, 'text/xml'), 415, method);
      }
      assert.equal(await raw('PATCH', `${PLACES}/1`, 'application/geo+json'), 415);
    });

    it('/conf/create-replace-delete/replace: what is not said is empty, or as the table has it', async () => {
      const { path, etag } = await made({ height: 5, floors: 2 });
      const body = feature(point(8, 52), { name: 'other', floors: 4 });
      const replaced = await editor.send('put', path, { body, 'if-match': etag });
      assert.equal(replaced.status, 200, JSON.stringify(replaced.body));
      const now = await editor.get(path);
      assert.equal(now.headers.etag, replaced.headers.etag);
      assert.notEqual(now.headers.etag, etag);
      const { name, height, floors, made: twice } = now.body.properties!;
      assert.deepEqual([name, height, floors, twice, now.body.geometry], ['other', null, 4, 8, point(8, 52)]);
      const [row] = await server.run('select secret from places where id = $1', [now.body.id]);
      assert.deepEqual(row, { secret: 'hidden' }, 'what is withheld stays');
      const asRead = { body: now.body, 'if-match': now.headers.etag };
      assert.equal(
        (await editor.send('put', path, asRead)).status,
        200,
        'as it was read it can be sent back',
      );
    });

    it('/conf/create-replace-delete/replace-rid, /conf/update/update-rid: another id is refused', async () => {
      const { path, etag, body } = await made();
      const other = { ...body, id: 1 };
      assert.equal(await editor.outcome('put', path, { body: other, 'if-match': etag }), '422 edit_invalid');
      for (const patch of [{ id: 1 }, { properties: { id: 1 } }])
        assert.equal(
          await editor.outcome('patch', path, { body: patch, 'if-match': etag }),
          '422 edit_invalid',
        );
      assert.equal(await etagOf(path), etag);
    });

    it('/conf/create-replace-delete/replace-exceptions: what is not there is 404, whatever If-Match says', async () => {
      const body = feature(point(1, 1), { name: 'n' });
      for (const id of ['123456', 'abc', '99999999999999999999'])
        for (const match of [undefined, '"xyz"', '*'])
          assert.equal(
            await editor.outcome('put', `${PLACES}/${id}`, { body, 'if-match': match }),
            '404 feature_not_found',
          );
    });

    it('/conf/create-replace-delete/delete', async () => {
      const { path, etag } = await made();
      assert.equal((await editor.send('delete', path, { 'if-match': etag })).status, 204);
      assert.equal(await editor.outcome('get', path), '404 feature_not_found');
      assert.equal(await editor.outcome('delete', path, { 'if-match': etag }), '404 feature_not_found');
    });
  });

  describe('Update', () => {
    it('/conf/update/update, /conf/features/json-merge-patch: what is said is another, all else stays', async () => {
      const { path, etag } = await made({ height: 5, floors: 2, tags: ['x'] });
      const body = { properties: { height: null, colour: 'red' }, geometry: point(9, 53) };
      const patched = await editor.send('patch', path, { body, 'if-match': etag });
      assert.equal(patched.status, 200, JSON.stringify(patched.body));
      const { name, height, floors, colour, tags } = (await editor.get(path)).body.properties!;
      assert.deepEqual([name, height, floors, colour, tags], ['a place', null, 2, 'red', ['x']]);
      assert.deepEqual(patched.body.geometry, point(9, 53));
      const nothing = await editor.send('patch', path, { body: {}, 'if-match': patched.headers.etag });
      assert.deepEqual([nothing.status, nothing.headers.etag], [200, patched.headers.etag]);
    });
  });

  describe('Optimistic locking using ETags', () => {
    it('/conf/optimistic-locking-etags/get-etag: another for any change of the row, whoever makes it', async () => {
      const { path, etag, body } = await made();
      assert.equal(await etagOf(path), etag);
      await server.run(`update places set secret = 'other' where id = $1`, [body.id]);
      const after = await etagOf(path);
      assert.notEqual(after, etag);
      assert.equal(await editor.outcome('delete', path, { 'if-match': etag }), '412 precondition_failed');
      await server.run(`update places set name = name where id = $1`, [body.id]);
      assert.notEqual(await etagOf(path), after);
    });

    it('/conf/optimistic-locking-etags/replace, update, delete: 412 for another state, 428 for none', async () => {
      const { path, etag, body } = await made();
      const requests = [
        ['put', feature(point(1, 1), { name: 'n' })],
        ['patch', { properties: { name: 'n' } }],
        ['delete', undefined],
      ] as const;
      for (const [method, content] of requests) {
        assert.equal(await editor.outcome(method, path, { body: content }), '428 precondition_required');
        for (const match of ['"0"', `W/${etag}`, 'nonsense', ''])
          assert.equal(
            await editor.outcome(method, path, { body: content, 'if-match': match }),
            '412 precondition_failed',
            `${method} ${match}`,
          );
      }
      assert.deepEqual((await editor.get(path)).body, body);
    });

    it('takes the ETag of any representation of the same state, and several', async () => {
      const { path } = await made();
      const packed = await server.api.get(path).set('Accept-Encoding', 'br');
      const reduced = await editor.get(`${path}?properties=name&crs=${EPSG}3857`);
      assert.match(packed.headers.etag as string, /-br"$/);
      const mine = packed.headers.etag as string;
      assert.notEqual(mine, reduced.headers.etag);
      const patch = (name: string, match: string) =>
        editor.send('patch', path, { body: { properties: { name } }, 'if-match': match });
      const first = await patch('one', `"other", ${mine}`);
      assert.equal(first.status, 200);
      assert.equal((await patch('two', reduced.headers.etag!)).status, 412);
      const again = await editor.get(`${path}?skipGeometry=true`);
      assert.equal((await patch('three', again.headers.etag!)).status, 200);
      assert.equal((await patch('four', '*')).status, 200);
    });

    it('of requests that change the same state at the same time, one is done', async () => {
      const { path, etag } = await made();
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          editor.outcome('patch', path, { body: { properties: { name: `n${i}` } }, 'if-match': etag }),
        ),
      );
      assert.deepEqual(answers.sort(), ['200', ...Array<string>(5).fill('412 precondition_failed')]);
    });
  });

  describe('Features', () => {
    it('/conf/features/crs: Content-Crs says what coordinates are in', async () => {
      const ring = [
        [9, 50],
        [9.01, 50],
        [9.01, 50.01],
        [9, 50],
      ];
      const turned = ring.map(([x = 0, y = 0]) => [y, x]);
      const polygon = (coordinates: number[][]) => ({ type: 'Polygon', coordinates: [coordinates] });
      const make = (code: string, coordinates: number[][], crs?: string) =>
        surveyor.send('post', PARCELS, {
          body: feature(polygon(coordinates), {}, { id: code }),
          'content-crs': crs,
        });
      const [plain, latitudeFirst] = [await make('q1', ring), await make('q2', turned, `<${EPSG}4326>`)];
      assert.deepEqual([plain.status, latitudeFirst.status], [201, 201], JSON.stringify(plain.body));
      assert.deepEqual(plain.body.geometry, latitudeFirst.body.geometry);
      assert.equal(plain.body.geometry!.type, 'MultiPolygon');
      assert.equal(plain.body.properties!.area, 1.5, 'as the table has it');
      const stored = await surveyor.get(`${PARCELS}/q1?crs=${EPSG}25832`);
      const metres = (stored.body.geometry as { coordinates: number[][][][] }).coordinates[0]![0]!;
      const third = await make('q3', metres, `<${EPSG}25832>`);
      assert.deepEqual(third.body.geometry, plain.body.geometry);
      assert.equal((await make('q4', ring, `<${EPSG}999999>`)).status, 400);
    });

    it('/conf/features/schema: every fault is named, and nothing of it is done', async () => {
      const faults = async (geometry: unknown, properties: object): Promise<Record<string, string>> => {
        const { status, body } = await editor.send('post', PLACES, { body: feature(geometry, properties) });
        assert.equal(status, 422, JSON.stringify(body));
        return Object.fromEntries(body.errors!.map(({ parameter, expected }) => [parameter, expected]));
      };
      const wrong = {
        ...{ height: 'tall', floors: 1.5, colour: 'blue', since: '2023-02-29', at: '2024-05-01T12:00:00' },
        ...{ tags: 'a', code: 'four', secret: 'mine', nothing: 1, made: 3, id: 5 },
      };
      const found = await faults({ type: 'Point', coordinates: [200, 0] }, wrong);
      assert.deepEqual(Object.keys(found).sort(), [
        'geometry.coordinates',
        ...[
          'at',
          'code',
          'colour',
          'floors',
          'height',
          'id',
          'made',
          'name',
          'nothing',
          'secret',
          'since',
          'tags',
        ].map((name) => `properties.${name}`),
      ]);
      assert.equal(found['properties.secret'], found['properties.nothing'], 'nobody learns what is withheld');
      assert.match(found['properties.colour']!, /red, green/);
      assert.deepEqual(Object.keys(await faults(null, { name: null, floors: 2 ** 40 })), [
        'properties.name',
        'properties.floors',
      ]);
      for (const geometry of [
        {
          type: 'LineString',
          coordinates: [
            [1, 1],
            [2, 2],
          ],
        },
        { type: 'Point', coordinates: [1, 2, 3] },
        { type: 'Point', coordinates: ['1', '2'] },
        { type: 'Circle' },
        'POINT(1 1)',
      ])
        assert.ok(Object.keys(await faults(geometry, { name: 'never' }))[0]!.startsWith('geometry'));
      for (const body of ['[]', '{', '"text"', '{"type":"FeatureCollection","features":[]}'])
        assert.match(await editor.outcome('post', PLACES, { body }), /^4(00|22) /);
      assert.deepEqual(await server.run(`select from places where name = 'never'`), []);
    });

    it('holds of names, types and keys of every kind', async () => {
      const odd = '/ogc/collections/odd/items';
      const properties = { 'a b': 5, order: '9223372036854775807', price: '0.1', list: [1, 2] };
      const created = await editor.send('post', odd, {
        body: feature({ type: 'Point', coordinates: [10, 50, 7] }, properties),
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      const { body, headers } = await editor.get(created.headers.location!);
      assert.match(String(body.id), /^[0-9a-f-]{36}$/);
      const { Id: _, ...shown } = body.properties!;
      assert.equal(
        JSON.stringify(shown),
        '{"a b":5,"__proto__":null,"order":"9223372036854775807","price":0.1,"list":[1,2]}',
      );
      const [row] = await server.run<{ z: number }>(
        `select st_z(geom::geometry) as z from "Odd"."Table ""x"""`,
      );
      assert.equal(row?.z, 7);
      const path = created.headers.location!;
      const patch = (body: string) => editor.outcome('patch', path, { body, 'if-match': headers.etag });
      assert.equal(await patch('{"properties":{"a b":7}}'), '422 edit_invalid');
      assert.equal(await patch('{"properties":{"list":["x"]}}'), '422 edit_invalid');
      assert.equal(await patch('{"geometry":null}'), '422 edit_invalid');
      assert.equal(await patch('{"properties":{"__proto__":"p"}}'), '200');
      const [after] = await server.run(`select "__proto__" as p from "Odd"."Table ""x"""`);
      assert.deepEqual(after, { p: 'p' });
    });

    it('a geometry that is not valid is refused with the reason, and the place in degrees', async () => {
      const bow = {
        type: 'Polygon',
        coordinates: [
          [
            [9, 50],
            [9.01, 50.01],
            [9.01, 50],
            [9, 50.01],
            [9, 50],
          ],
        ],
      };
      const { status, body } = await surveyor.send('post', PARCELS, {
        body: feature(bow, {}, { id: 'bow' }),
      });
      assert.equal(status, 422, JSON.stringify(body));
      assert.match(body.reason!, /Self-intersection/);
      const [x = 0, y = 0] = body.place!;
      const far = [
        [1e300, 5e6],
        [2e300, 5e6],
        [2e300, 6e6],
        [1e300, 5e6],
      ];
      for (const [code, coordinates] of [
        [25832, far],
        [4326, far.map(() => [91, 0])],
      ] as const) {
        const nowhere = feature({ type: 'Polygon', coordinates: [coordinates] }, {}, { id: 'far' });
        const headers = { 'content-crs': `<${EPSG}${code}>` };
        assert.equal(
          await surveyor.outcome('post', PARCELS, { body: nowhere, ...headers }),
          '422 edit_invalid',
        );
        const bulk = await surveyor.send('post', '/ogc/collections/parcels/bulk', {
          body: { operations: [{ op: 'create', feature: nowhere }] },
          ...{ 'content-type': 'application/json', ...headers },
        });
        assert.deepEqual(
          bulk.body.failures?.map(({ index, code: why }) => [index, why]),
          [[0, 'edit_invalid']],
          JSON.stringify(bulk.body),
        );
      }
      assert.ok(Math.abs(x - 9.005) < 0.0005 && Math.abs(y - 50.005) < 0.0005, String(body.place));
    });
  });

  it('is described: conformance classes, the API description, what of the schema is read only', async () => {
    const { body: classes } = await editor.send<{ conformsTo: string[] }>('get', '/ogc/conformance?f=json');
    for (const name of ['create-replace-delete', 'update', 'optimistic-locking-etags', 'features'])
      assert.ok(
        classes.conformsTo.includes(`http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/${name}`),
      );
    const { body: api } = await editor.send<{ paths: Record<string, object> }>('get', '/ogc/api?f=json');
    const methods = (path: string): string[] => Object.keys(api.paths[`/collections/${path}`] ?? {}).sort();
    assert.deepEqual(methods('places/items'), ['get', 'post']);
    assert.deepEqual(methods('places/items/{featureId}'), ['delete', 'get', 'patch', 'put']);
    assert.deepEqual(methods('places/bulk'), ['post']);
    assert.deepEqual(methods('fixed/items/{featureId}'), ['get']);
    const { body: schema } = await surveyor.send<{ properties: Record<string, { readOnly?: boolean }> }>(
      'get',
      '/ogc/collections/parcels/schema?f=json',
    );
    const fixed = Object.entries(schema.properties).filter(([, { readOnly }]) => readOnly);
    assert.deepEqual(
      fixed.map(([name]) => name),
      ['code'],
    );
  });

  describe('what may be done, and by whom', () => {
    it('a key of the scope of the layer, which has to be seen, and edited', async () => {
      const body = feature(point(1, 1), { name: 'n' });
      const [nobody, reader, inner] = [
        Editor.nobody(server),
        await Editor.with(server, 'ask'),
        await Editor.with(server, 'edit', 'scope:inner'),
      ];
      assert.equal(await nobody.outcome('post', PLACES, { body }), '401 unauthorized');
      assert.equal(await reader.outcome('post', PLACES, { body }), '403 forbidden');
      assert.equal(await editor.outcome('post', PARCELS, { body }), '403 forbidden');
      assert.equal(
        await editor.outcome('post', '/ogc/collections/nothing/items', { body }),
        '404 layer_not_found',
      );
      const closed = '/ogc/collections/closed/items';
      const one = feature(point(1, 1), { name: 'n' }, { id: 5 });
      assert.equal(await editor.outcome('post', closed, { body: one }), '404 layer_not_found');
      assert.equal(await editor.outcome('options', closed), '404 layer_not_found');
      assert.equal(await inner.outcome('post', closed, { body: one }), '201');
      const { text: metrics } = await server.api.get('/metrics');
      assert.match(metrics, /edited_features_total\{layer="restricted",operation="created"\} 1/);
      assert.doesNotMatch(metrics, /layer="closed"/);
      const fixed = await editor.send('post', '/ogc/collections/fixed/items', { body });
      assert.deepEqual(
        [fixed.status, fixed.body.code, fixed.headers.allow],
        [405, 'method_not_allowed', 'GET, HEAD, OPTIONS'],
      );
      assert.equal(
        await editor.outcome('delete', '/ogc/collections/fixed/items/1', { 'if-match': '*' }),
        '405 method_not_allowed',
      );
    });

    it('what the database refuses is told without a word of its own', async () => {
      const taken = await editor.send('post', PLACES, { body: feature(null, { name: 'n', code: 'c1' }) });
      assert.deepEqual([taken.status, taken.body.code], [409, 'edit_conflict']);
      assert.deepEqual(
        taken.body.errors!.map(({ parameter }) => parameter),
        ['properties.code'],
      );
      const checked = await editor.send('post', PLACES, { body: feature(null, { name: 'n', floors: -1 }) });
      assert.deepEqual([checked.status, checked.body.code], [422, 'edit_invalid']);
      const geometry = {
        type: 'Polygon',
        coordinates: [
          [
            [9, 50],
            [9.01, 50],
            [9.01, 50.01],
            [9, 50],
          ],
        ],
      };
      const unknown = await surveyor.send('post', PARCELS, {
        body: feature(geometry, { owner: 'otto' }, { id: 'x' }),
      });
      assert.deepEqual([unknown.status, unknown.body.code], [409, 'edit_conflict']);
      const large = await surveyor.send('post', PARCELS, {
        body: feature(geometry, { area: 1e300 }, { id: 'x' }),
      });
      assert.deepEqual([large.status, large.body.code], [422, 'edit_invalid']);
      for (const { body } of [taken, checked, unknown, large])
        assert.doesNotMatch(JSON.stringify(body), /constraint|places_|parcels_|relation|violates/);
    });

    it('bodies are bounded before anything is done with them', async () => {
      const large = await editor.send('post', PLACES, {
        body: feature(null, { name: 'x'.repeat(9_000_000) }),
      });
      assert.deepEqual([large.status, large.body.code], [413, 'body_too_large']);
      const ring = Array.from({ length: 100_002 }, (_, i) => [9 + (i % 100_001) * 1e-8, 50]);
      const body = feature({ type: 'Polygon', coordinates: [ring] }, {}, { id: 'many' });
      const many = await surveyor.send('post', PARCELS, { body });
      assert.match(many.body.detail!, /at most 100000 positions/);
      const deep = `{"type":"Feature","geometry":null,"properties":{"name":"n","doc":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
      assert.equal(await editor.outcome('post', PLACES, { body: deep }), '422 edit_invalid');
      const nested = `{"type":"Feature","properties":{"name":"n"},"geometry":{"type":"Point","coordinates":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
      assert.equal(await editor.outcome('post', PLACES, { body: nested }), '422 edit_invalid');
    });

    it('who did what stands in the audit log, with the names of what was written and none of the values', async () => {
      const { path, etag, body } = await made({ height: 77.125 });
      await editor.send('patch', path, { body: { properties: { height: 88.125 } }, 'if-match': etag });
      const events = await server.run<{ action: string; actor: string; after: string }>(
        `select action, actor, after::text from chorograph.audit_event where object = 'layer:places' order by seq desc limit 2`,
      );
      assert.deepEqual(
        events.map(({ action }) => action),
        ['feature.updated', 'feature.created'],
      );
      assert.match(events[0]!.actor, /^key:[0-9a-f]{12}$/);
      assert.deepEqual(JSON.parse(events[0]!.after), { feature: String(body.id), properties: ['height'] });
      assert.doesNotMatch(JSON.stringify(events), /88\.125|77\.125/);
    });
  });
});
