import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../support/environment.ts';

/** Each way in which what anybody may ask for could write: through a function that is called by one, or by a view. */
const WRITERS = `
  create table visits (n int);
  create sequence counter;
  create function note(n int) returns int volatile language plpgsql as
    $$ begin insert into visits values (n); return n; end $$;
  create function by_call(z int, x int, y int) returns bytea stable language plpgsql as
    $$ begin perform note(z); return ''::bytea; end $$;
  create function itself(z int, x int, y int) returns bytea stable language plpgsql as
    $$ begin insert into visits values (z); return ''::bytea; end $$;
  create function declared(z int, x int, y int) returns bytea volatile language plpgsql as
    $$ begin insert into visits values (z); return ''::bytea; end $$;
  create function counts(z int, x int, y int) returns bytea stable language plpgsql as
    $$ begin perform nextval('counter'); return ''::bytea; end $$;
  create table pts (id int primary key, code text, geom geometry(point, 4326));
  insert into pts values (1, 'a', 'SRID=4326;POINT(10 50)');
  create view writing_view as select id, note(id) as noted, geom from pts;
  create view reading_view as select id, code, geom from pts;
  create table areas (code text primary key, name text, geom geometry(polygon, 4326));
  insert into areas values ('a', 'A', st_makeenvelope(0, 0, 1, 1, 4326));
  create view writing_cube as select code, note(1) as n from areas;
`;
const MAPS = `
layers:
  declared: { function: declared, volatile: true }
regions:
  areas: { table: areas, code: code, name: name }
choropleths:
  c: { regions: areas, cube: { view: writing_cube, region: code }, metrics: { n: { sum: n } } }
`;

describe('what anybody may read changes nothing', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: WRITERS, maps: MAPS });
    await server.run('delete from visits'); // what was looked at to find out what it is
  });
  const visits = async (): Promise<number> => {
    const [row] = await server.run<{ n: number }>(
      'select (select count(*) from visits)::int + (select last_value - 1 + is_called::int from counter)::int as n',
    );
    return row?.n ?? -1;
  };

  for (const path of [
    '/tiles/by_call/0/0/0.mvt',
    '/tiles/itself/0/0/0.mvt',
    '/tiles/declared/0/0/0.mvt',
    '/tiles/counts/0/0/0.mvt',
    '/tiles/writing_view/0/0/0.mvt',
    '/tiles/writing_view.json',
    '/features/writing_view',
    '/gis/choropleth/c/values.json',
  ]) {
    it(path, async () => {
      const { status, body } = await server.api.get(path);
      if (path.endsWith('view.json')) assert.equal(status, 200);
      else {
        assert.equal(status, 502, JSON.stringify(body));
        assert.equal(body.code, 'layer_query_failed');
      }
      assert.equal(await visits(), 0);
    });
  }

  it('and those with a right to it write as before, in the same sessions', async () => {
    const reads = Array.from({ length: 30 }, () => server.api.get('/features/reading_view').expect(200));
    const writes = Array.from({ length: 30 }, (_, n) => server.run('insert into visits values ($1)', [n]));
    await Promise.all([...reads, ...writes]);
    await server.ctx.db.transaction(
      async (tx) => void (await tx.run({ text: 'select note(1)', values: [] })),
    );
    assert.equal(await visits(), 31);
    await server.run('delete from visits');
  });
});
