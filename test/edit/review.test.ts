import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { ConfigError } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { Editor, feature, point, type One, type Problem } from './support.ts';

const TABLES = `
  create table places (id serial primary key, name text not null, geom geometry(point, 4326));
  insert into places (name, geom) values ('old', 'SRID=4326;POINT(10 50)');`;
const MAPS = `
layers:
  places:
    table: places_approved
    base: places
    edit: { review: { column: status, by: { archived: "scope:archivist" } } }
search:
  places: { table: places_approved, title: name }
`;
const ITEMS = '/ogc/collections/places/items';

once('a layer that is reviewed', function () {
  let server: TestServer;
  let editor: Editor;
  let reviewer: Editor;
  let nobody: Editor;
  before(async () => {
    server = await newServer({ sql: TABLES, maps: MAPS, environment: { CHOROGRAPH_LIMIT_WRITE: 'off' } });
    await server.run(`select chorograph.review('places'), chorograph.track('places')`);
    await server.ctx.catalog.reload();
    await server.ctx.generations.pollAgain();
    editor = await Editor.with(server, 'edit');
    reviewer = await Editor.with(server, 'review');
    nobody = Editor.nobody(server);
  });
  const create = async (name: string) => {
    const { status, headers, body } = await editor.send('post', ITEMS, {
      body: feature(point(20, 50), { name }),
    });
    assert.equal(status, 201, JSON.stringify(body));
    return headers.location!.replace(server.url, '');
  };
  const move = async (path: string, to: string, by = editor, comment?: string) =>
    by.send('post', `${path}/review`, {
      body: { to, comment },
      'content-type': 'application/json',
      'if-match': '*',
    });
  const moved = async (...request: Parameters<typeof move>): Promise<string> => {
    const { status, body } = await move(...request);
    return status < 400 ? String(body.properties!.status) : `${status} ${body.code}`;
  };
  const names = async (by: Editor, query = ''): Promise<string[]> => {
    const { status, body } = await by.send<{ features: One[] } & Problem>('get', `${ITEMS}?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.features.map(({ properties }) => String(properties!.name)).sort();
  };
  const drawn = async (): Promise<string[]> => {
    const answer = await fetch(`${server.url}/tiles/places/0/0/0.mvt`);
    const { places } = new VectorTile(new PbfReader(Buffer.from(await answer.arrayBuffer()))).layers;
    const all = Array.from({ length: places!.length }, (_, i) => String(places!.feature(i).properties.name));
    return all.sort();
  };
  /** All that somebody without a key sees of it, form by form. */
  const shown = async (): Promise<Record<string, string[]>> => {
    const csv = await (await fetch(`${server.url}/features/places.csv?columns=name`)).text();
    const { body } = await server.api.get('/features/places');
    return {
      ogc: await names(nobody),
      tiles: await drawn(),
      features: (body as { features: One[] }).features.map((one) => String(one.properties!.name)).sort(),
      exports: ['old', 'new', 'draft'].filter((name) => csv.includes(name)).sort(),
    };
  };

  it('is seen by the public where it is approved, in every form, and by nobody by the name of its table', async () => {
    const path = await create('new');
    assert.deepEqual(new Set(Object.values(await shown()).map(String)), new Set(['old']));
    assert.equal(await nobody.outcome('get', path), '404 feature_not_found');
    assert.equal((await editor.get(path)).body.properties!.status, 'draft');
    assert.equal(await moved(path, 'submitted'), 'submitted');
    assert.deepEqual(new Set(Object.values(await shown()).map(String)), new Set(['old']));
    assert.equal(await moved(path, 'approved', reviewer), 'approved');
    assert.deepEqual(new Set(Object.values(await shown()).map(String)), new Set(['new,old']));
    assert.equal((await nobody.get(path)).body.properties!.name, 'new');
    await eventually(async () => {
      const { body } = await server.api.get('/search?q=new');
      return JSON.stringify(body).includes('"new"');
    });
    const { body: list } = await server.api.get('/tiles');
    const text = JSON.stringify(list);
    for (const name of ['public-places', 'public.places"']) assert.ok(!text.includes(name), name);
    for (const url of ['/features/public.places', '/tiles/public.places/0/0/0.mvt'])
      assert.equal((await server.api.get(url)).status, 404, url);
    assert.equal(await moved(path, 'archived', reviewer), '403 forbidden');
    assert.equal(await moved(path, 'archived', await Editor.with(server, 'scope:archivist')), 'archived');
    assert.deepEqual(new Set(Object.values(await shown()).map(String)), new Set(['old']));
  });

  it('shows what is not approved to who edits or reviews it, where that is asked for', async () => {
    await create('draft of mine');
    for (const one of [editor, reviewer]) {
      assert.ok((await names(one, 'review=draft')).includes('draft of mine'));
      assert.ok((await names(one, 'review=all&bbox=0,0,90,90')).includes('draft of mine'));
      assert.deepEqual(await names(one), ['old']);
    }
    assert.deepEqual(await names(editor, 'review=rejected'), []);
    assert.deepEqual(await names(editor, "review=all&filter=name='draft of mine'"), ['draft of mine']);
    const other = await Editor.with(server, 'refresh', 'read:*');
    assert.equal(await nobody.outcome('get', `${ITEMS}?review=draft`), '401 unauthorized');
    assert.equal(await other.outcome('get', `${ITEMS}?review=draft`), '403 forbidden');
    assert.equal(await editor.outcome('get', `${ITEMS}?review=soon`), '400 invalid_parameter');
    const { headers } = await editor.send('get', `${ITEMS}?review=draft`);
    assert.match(headers['cache-control']!, /private/);
    assert.match(headers.vary!, /X-API-Key/i);
  });

  it('goes from state to state as it may, by who may, and a reject says why', async () => {
    const path = await create('a step');
    const steps: [to: string, by: Editor, outcome: string, comment?: string][] = [
      ['approved', reviewer, '409 review_refused'],
      ['archived', reviewer, '409 review_refused'],
      ['draft', editor, '409 review_refused'],
      ['nothing', editor, '422 edit_invalid'],
      ['submitted', reviewer, '403 forbidden'],
      ['submitted', editor, 'submitted'],
      ['approved', editor, '403 forbidden'],
      ['rejected', reviewer, '422 edit_invalid'],
      ['rejected', reviewer, '422 edit_invalid', '  '],
      ['rejected', reviewer, 'rejected', 'the name is wrong'],
      ['approved', reviewer, '409 review_refused'],
      ['submitted', editor, 'submitted'],
      ['approved', reviewer, 'approved'],
      ['draft', editor, '403 forbidden'],
      ['draft', reviewer, 'draft'],
    ];
    for (const [to, by, outcome, comment] of steps)
      assert.equal(await moved(path, to, by, comment), outcome, to);
    assert.equal(
      await nobody.outcome('post', `${path}/review`, {
        body: { to: 'draft' },
        'content-type': 'application/json',
      }),
      '401 unauthorized',
    );
    const stale = { body: { to: 'submitted' }, 'content-type': 'application/json' };
    assert.equal(await editor.outcome('post', `${path}/review`, stale), '428 precondition_required');
    assert.equal(
      await editor.outcome('post', `${path}/review`, { ...stale, 'if-match': '"old"' }),
      '412 precondition_failed',
    );
    const { body } = await reviewer.send<{
      state: string;
      history: { from: string; to: string; actor: string; comment: string }[];
    }>('get', `${path}/review`);
    assert.equal(body.state, 'draft');
    assert.deepEqual(
      body.history.map(({ from, to, comment }) => [from, to, comment]),
      [
        [null, 'draft', null],
        ['draft', 'submitted', null],
        ['submitted', 'rejected', 'the name is wrong'],
        ['rejected', 'submitted', null],
        ['submitted', 'approved', null],
        ['approved', 'draft', null],
      ],
    );
    assert.ok(body.history.every(({ actor }) => actor.startsWith('key:')));
    assert.equal(await nobody.outcome('get', `${path}/review`), '401 unauthorized');
  });

  it('is edited while it is a draft or rejected; what is approved, or waits, by who may approve it', async () => {
    const path = await create('an edit');
    const both = await Editor.with(server, 'edit', 'review');
    const patch = (name: string, by = editor) =>
      by.outcome('patch', path, { body: { properties: { name } }, 'if-match': '*' });
    assert.equal(await patch('as a draft'), '200');
    await move(path, 'submitted');
    assert.equal(await patch('sneaked in'), '409 review_refused');
    assert.equal(await editor.outcome('delete', path, { 'if-match': '*' }), '409 review_refused');
    await move(path, 'approved', reviewer);
    assert.equal(await patch('sneaked in'), '409 review_refused');
    assert.equal(await patch('mended', both), '200');
    assert.equal(await reviewer.outcome('delete', path, { 'if-match': '*' }), '403 forbidden');
    for (const status of ['approved', 'draft']) {
      const body = feature(null, { name: 'n', status });
      assert.equal(await editor.outcome('post', ITEMS, { body }), '422 edit_invalid', status);
    }
    assert.equal(
      await both.outcome('patch', path, { body: { properties: { status: 'archived' } }, 'if-match': '*' }),
      '422 edit_invalid',
    );
    assert.equal(await both.outcome('delete', path, { 'if-match': '*' }), '204');
  });

  it('is reviewed many at once', async () => {
    const paths = [await create('many'), await create('many'), await create('many')];
    const ids = paths.map((path) => path.split('/').at(-1)!);
    const bulk = (operations: object[], by: Editor) =>
      by.send<{ reviewed: number } & Problem>('post', '/ogc/collections/places/bulk', {
        body: { operations },
        'content-type': 'application/json',
      });
    const to = (state: string, more: object = {}) =>
      ids.map((id) => ({ op: 'transition', id, ifMatch: '*', to: state, ...more }));
    assert.equal((await bulk(to('submitted'), editor)).body.reviewed, 3);
    const refused = await bulk(to('approved').with(1, { ...to('rejected')[1]! }), reviewer);
    assert.deepEqual(
      refused.body.failures?.map(({ index, code }) => [index, code]),
      [[1, 'edit_invalid']],
      JSON.stringify(refused.body),
    );
    assert.equal((await names(editor, 'review=submitted')).length, 3);
    const mixed = [...to('approved'), { op: 'create', feature: feature(null, { name: 'x' }) }];
    assert.equal((await bulk(mixed, reviewer)).status, 403, 'who reviews does not edit');
    assert.equal((await bulk(to('approved'), reviewer)).body.reviewed, 3);
    assert.deepEqual(await names(nobody), ['many', 'many', 'many', 'old']);
  });

  it('says in the API description how it is reviewed', async () => {
    const { body } = await server.api.get('/ogc/api?f=json');
    const { paths } = body as { paths: Record<string, { get: { parameters: { name?: string }[] } }> };
    const items = paths['/collections/places/items']!.get.parameters.map(({ name }) => name);
    assert.ok(items.includes('review'));
    assert.deepEqual(Object.keys(paths['/collections/places/items/{featureId}/review']!), ['get', 'post']);
  });

  it('has to be said right in maps.yaml', () => {
    const problems = (text: string): string => {
      try {
        readMaps(text);
        return '';
      } catch (error) {
        return error instanceof ConfigError ? error.problems.join('; ') : String(error);
      }
    };
    assert.match(
      problems('layers: { a: { table: a, edit: { review: { column: s } } } }'),
      /layers\.a\.edit.*base/,
    );
    assert.match(problems('layers: { a: { table: v, base: a, edit: true } }'), /review/);
    assert.match(problems('layers: { a: { table: v, base: a }, b: { table: a } }'), /layers\.b.*access/);
    assert.match(problems('layers: { a: { table: a, base: a } }'), /base/);
    assert.match(problems('layers: { a: { table: a, access: role, edit: true } }'), /role/);
    assert.match(problems('layers: { a: { table: a, withhold: [x], edit: { columns: [x] } } }'), /withheld/);
    assert.match(problems('layers: { a: { table: a, edit: { scope: nonsense } } }'), /scope/);
  });
});
