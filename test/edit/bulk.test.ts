import assert from 'node:assert/strict';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { Editor, feature, point, type Problem } from './support.ts';

const TABLES = `
  create table places (id serial primary key, name text not null, floors int check (floors > 0), code text unique,
    geom geometry(geometry, 4326));
  insert into places (name, code, geom)
    select 'place ' || i, 'c' || i, st_setsrid(st_point(i, 50), 4326) from generate_series(1, 10) i;`;
const BULK = '/ogc/collections/places/bulk';
const ITEMS = '/ogc/collections/places/items';

interface Done {
  created: number;
  updated: number;
  deleted: number;
  results: { index: number; op: string; id: string; etag?: string }[];
}

const create = (name: unknown, more: object = {}, geometry: unknown = point(7, 51)): object => ({
  op: 'create',
  feature: feature(geometry, { name, ...more }),
});

describe('changes of many features at once', function () {
  let server: TestServer;
  let editor: Editor;
  before(async () => {
    server = await newServer({
      sql: TABLES,
      maps: 'layers: { places: { table: places, edit: true } }',
      environment: { CHOROGRAPH_LIMIT_WRITE: 'off' },
    });
    editor = await Editor.with(server, 'edit');
  });
  const bulk = (operations: unknown, headers: object = {}, by = editor) =>
    by.send<Done & Problem>('post', BULK, {
      body: { operations },
      'content-type': 'application/json',
      ...headers,
    });
  const named = async (pattern: string): Promise<string[]> =>
    (
      await server.run<{ name: string }>('select name from places where name like $1 order by id', [pattern])
    ).map(({ name }) => name);
  const etagOf = async (id: number | string) => (await editor.get(`${ITEMS}/${id}`)).headers.etag!;

  it('are all done in one request, and each is told with its id and an ETag that is good', async () => {
    const { status, body } = await bulk([
      create('bulk a'),
      { op: 'update', id: 1, ifMatch: await etagOf(1), properties: { name: 'bulk b' }, geometry: null },
      { op: 'delete', id: '2', ifMatch: await etagOf(2) },
      create('bulk c', { floors: 2 }),
    ]);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.created, body.updated, body.deleted], [2, 1, 1]);
    assert.deepEqual(
      body.results.map(({ index, op, etag }) => [index, op, etag !== undefined]),
      [
        [0, 'create', true],
        [1, 'update', true],
        [2, 'delete', false],
        [3, 'create', true],
      ],
    );
    assert.deepEqual((await named('bulk%')).sort(), ['bulk a', 'bulk b', 'bulk c']);
    const [first] = body.results;
    const removed = await bulk([{ op: 'delete', id: first!.id, ifMatch: first!.etag }]);
    assert.equal(removed.status, 200, JSON.stringify(removed.body));
    const events = await server.run<{ action: string; times: string }>(
      `select action, times from chorograph.audit_event where object = 'layer:places' order by seq limit 3`,
    );
    assert.deepEqual(
      events.map(({ action, times }) => `${action} ${times}`),
      ['feature.created 2', 'feature.updated 1', 'feature.deleted 1'],
    );
  });

  it('are not done at all where one of 100 cannot be, which is named by its place', async () => {
    const hundred = Array.from({ length: 100 }, (_, i) => create(`hundred ${i}`));
    const failing: [unknown, string][] = [
      [create(5), 'edit_invalid'],
      [create('hundred', { floors: -1 }), 'edit_invalid'],
      [create('hundred', { code: 'c5' }), 'edit_conflict'],
      [
        create(
          'hundred',
          {},
          {
            type: 'Polygon',
            coordinates: [
              [
                [0, 0],
                [1, 1],
                [1, 0],
                [0, 1],
                [0, 0],
              ],
            ],
          },
        ),
        'edit_invalid',
      ],
      [{ op: 'update', id: 3, ifMatch: '"old"', properties: { name: 'hundred' } }, 'precondition_failed'],
      [{ op: 'update', id: 3, properties: { name: 'hundred' } }, 'precondition_required'],
      [{ op: 'delete', id: 4711, ifMatch: '*' }, 'feature_not_found'],
      [{ op: 'delete', id: 'x', ifMatch: '*' }, 'feature_not_found'],
      [{ op: 'drop' }, 'edit_invalid'],
      [null, 'edit_invalid'],
    ];
    for (const [one, code] of failing) {
      const { status, body } = await bulk(hundred.with(57, one as object));
      assert.deepEqual([status, body.code], [422, 'bulk_refused'], JSON.stringify(one));
      assert.deepEqual(
        body.failures!.map((failure) => [failure.index, failure.code]),
        [[57, code]],
        JSON.stringify(one),
      );
    }
    assert.deepEqual(await named('hundred%'), []);
  });

  it('have every failure named, those that only the database finds as well', async () => {
    const several = await bulk([
      create('f', { code: 'c6' }),
      create('f'),
      create('f', { floors: 0 }),
      create('f', { code: 'new' }),
      create('f', { code: 'new' }),
    ]);
    assert.deepEqual(
      several.body.failures!.map(({ index, code }) => [index, code]),
      [
        [0, 'edit_conflict'],
        [2, 'edit_invalid'],
        [4, 'edit_conflict'],
      ],
    );
    const twice = await bulk([
      { op: 'update', id: 3, ifMatch: '*', properties: { name: 'f' } },
      { op: 'delete', id: 3, ifMatch: '*' },
    ]);
    assert.deepEqual(
      twice.body.failures!.map(({ index }) => index),
      [1],
    );
    assert.deepEqual(await named('f'), []);
  });

  it('are from 1 to 1,000', async () => {
    for (const operations of [[], Array(1_001).fill(create('many')), {}, 'x', undefined])
      assert.equal((await bulk(operations)).status, 400);
    const { status, body } = await bulk(Array.from({ length: 1_000 }, () => create('thousand')));
    assert.deepEqual([status, body.created], [200, 1_000]);
    assert.equal((await named('thousand')).length, 1_000);
    await server.run(`delete from places where name = 'thousand'`);
    assert.equal((await bulk([create('x')], {}, await Editor.with(server, 'ask'))).status, 403);
  });

  it('with an Idempotency-Key are done once: the same request is answered the same, another is refused', async () => {
    const key = { 'idempotency-key': 'one-1' };
    const first = await bulk([create('once')], key);
    const again = await bulk([create('once')], key);
    assert.deepEqual([first.status, again.status, again.body], [200, 200, first.body]);
    assert.deepEqual(await named('once'), ['once']);
    assert.equal((await bulk([create('other')], key)).body.code, 'idempotency_mismatch');
    const someone = await Editor.with(server, 'edit');
    assert.equal((await bulk([create('other')], key, someone)).status, 200, 'of another key it is another');
    assert.equal((await bulk([create('x')], { 'idempotency-key': 'with blanks in it' })).status, 400);
    const refused = { 'idempotency-key': 'refused' };
    assert.equal((await bulk([create(5)], refused)).status, 422);
    assert.equal((await bulk([create('mended')], refused)).status, 200, 'nothing was done with it');
    await server.run(`update chorograph.edit_answer set at = now() - interval '25 hours'`);
    assert.equal((await bulk([create('tomorrow')], key)).status, 200);
  });

  it('with one Idempotency-Key at the same time are done once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => bulk([create('at once')], { 'idempotency-key': 'at-once' })),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    for (const { body } of answers) assert.deepEqual(body, answers[0]!.body);
    assert.deepEqual(await named('at once'), ['at once']);
  });

  onPostgres('that want the same features in another order', () => {
    it('do not wait for each other for ever', async () => {
      const change = (id: number) => ({ op: 'update', id, ifMatch: '*', properties: { name: 'ordered' } });
      const ids = [3, 4, 5, 6, 7, 8];
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) => bulk((i % 2 ? ids : ids.toReversed()).map(change))),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        Array(6).fill(200),
      );
    });
  });
});
