import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { listen } from '../refresh/sse.ts';
import { Editor, feature, point } from './support.ts';

const table = (name: string): string => `
  create table ${name} (id serial primary key, name text, geom geometry(point, 4326));
  insert into ${name} (name, geom) values ('first', 'SRID=4326;POINT(10 50)');`;
const MAPS = `
layers:
  plain: { table: plain, edit: true }
  tracked: { table: tracked, edit: true }
`;

describe('an edit', function () {
  let server: TestServer;
  let editor: Editor;
  before(async () => {
    server = await newServer({
      sql: table('plain') + table('tracked'),
      maps: MAPS,
      environment: { CHOROGRAPH_CHANGE_POLL_S: '1', CHOROGRAPH_LIMIT_WRITE: 'off' },
    });
    await server.run(`select chorograph.track('tracked')`);
    await server.ctx.generations.pollAgain();
    editor = await Editor.with(server, 'edit');
  });
  const tile = async (layer: string) => {
    const answer = await fetch(`${server.url}/tiles/${layer}/0/0/0.mvt`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const found = new VectorTile(new PbfReader(bytes)).layers[layer]!;
    const names = Array.from({ length: found.length }, (_, i) => String(found.feature(i).properties.name));
    return { bytes, etag: answer.headers.get('etag'), names: names.sort() };
  };

  for (const layer of ['plain', 'tracked'])
    it(`of a ${layer} table repaints the map: other bytes, another ETag, and /events tells`, async () => {
      const items = `/ogc/collections/${layer}/items`;
      const listener = await listen(server.url);
      const mine = () => listener.events.filter(({ data }) => data.id === layer);
      await eventually(() => mine().length > 0);
      const before = await tile(layer);
      assert.deepEqual(before.names, ['first']);
      const created = await editor.send('post', items, { body: feature(point(11, 51), { name: 'second' }) });
      const after = await tile(layer);
      assert.deepEqual(after.names, ['first', 'second'], 'whoever edits sees it at once');
      assert.notEqual(after.etag, before.etag);
      assert.notDeepEqual(after.bytes, before.bytes);
      await eventually(() => mine().length > 1, 'an event');
      const path = created.headers.location!;
      await editor.send('patch', path, {
        body: { properties: { name: 'other' } },
        'if-match': created.headers.etag,
      });
      assert.deepEqual((await tile(layer)).names, ['first', 'other']);
      await editor.send('delete', path, { 'if-match': '*' });
      assert.deepEqual((await tile(layer)).names, ['first']);
      listener.close();
    });

  it('does not keep from being found what others write to a table that nothing is told of', async () => {
    await editor.send('post', '/ogc/collections/plain/items', {
      body: feature(point(1, 1), { name: 'mine' }),
    });
    await server.run(`insert into plain (name, geom) values ('theirs', 'SRID=4326;POINT(2 2)')`);
    await eventually(async () => (await tile('plain')).names.includes('theirs'));
    const { body } = await server.api.get('/health');
    const { checks } = body as { checks: { tracking: { status: string } } };
    assert.equal(checks.tracking.status, 'ok');
  });

  it('that cannot be recorded is not done', async () => {
    const before = await tile('tracked');
    await server.run('alter function chorograph.audit_append(json) rename to audit_gone');
    const body = feature(point(3, 3), { name: 'unrecorded' });
    try {
      assert.equal(
        await editor.outcome('post', '/ogc/collections/tracked/items', { body }),
        '503 audit_unavailable',
      );
    } finally {
      await server.run('alter function chorograph.audit_gone(json) rename to audit_append');
    }
    assert.deepEqual(await server.run(`select from tracked where name = 'unrecorded'`), []);
    assert.equal((await tile('tracked')).etag, before.etag);
  });

  onPostgres('while the database fails', () => {
    it('is 503, and nothing of it is done', async () => {
      const path = '/ogc/collections/tracked/items/1';
      const { etag } = (await editor.get(path)).headers;
      let answer: Promise<string> | undefined;
      await server.ctx.db.transaction(async (tx) => {
        await tx.run({ text: 'select from tracked where id = 1 for update', values: [] });
        answer = editor.outcome('patch', path, { body: { properties: { name: 'half' } }, 'if-match': etag });
        await eventually(async () => {
          const ended = await server.run(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where wait_event_type = 'Lock' and query like '%for update%' and datname = current_database()`,
          );
          return ended.length > 0;
        });
        await answer;
      });
      assert.equal(await answer, '503 database_unavailable');
      assert.equal((await editor.get(path)).headers.etag, etag);
    });

    it('waits for whoever changes the same feature, and is told of the other state', async () => {
      const path = '/ogc/collections/tracked/items/1';
      const { etag } = (await editor.get(path)).headers;
      let answer: Promise<string> | undefined;
      await server.ctx.db.transaction(async (tx) => {
        await tx.run({ text: `update tracked set name = 'elsewhere' where id = 1`, values: [] });
        answer = editor.outcome('patch', path, { body: { properties: { name: 'late' } }, 'if-match': etag });
        await eventually(async () => {
          const waiting = await server.run(
            `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%for update%' and datname = current_database()`,
          );
          return waiting.length > 0;
        });
      });
      assert.equal(await answer, '412 precondition_failed');
      assert.deepEqual(await server.run('select name from tracked where id = 1'), [{ name: 'elsewhere' }]);
    });
  });
});
