import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../support/environment.ts';
import { bytesOf } from '../support/decode.ts';

/** Functions that answer with their own arguments as text: the name of a layer without features. */
const FUNCTIONS = `
  create function told(t text) returns bytea immutable language sql as
    $$ select '\\x1a'::bytea || set_byte('\\x00', 0, octet_length(t) + 4) || '\\x0a'
      || set_byte('\\x00', 0, octet_length(t)) || convert_to(t, 'UTF8') || '\\x7802' $$;
  create function plain(z int, x int, y int) returns bytea stable language sql as
    $$ select case when z > 3 then null else told(concat_ws('/', z, x, y)) end $$;
  create function with_query(z bigint, x bigint, y bigint, query json) returns bytea stable language sql as
    $$ select told(query::text) $$;
  create type colour as enum ('red', 'green');
  create function typed(z int, x int, y int, n int, "Some Name" text default 'none', ratio numeric default 0.5,
    day date default null, since timestamptz default null, colour colour default 'red', flag boolean default true,
    ids int[] default '{}')
    returns bytea stable language sql as
    $$ select told(concat_ws('|', n, "Some Name", ratio, day, since at time zone 'UTC', colour, flag, ids)) $$;
  create function fails(z int, x int, y int) returns bytea stable language plpgsql as
    $$ begin raise exception 'secret of the database'; end $$;
  create function overloaded(z int, x int, y int) returns bytea stable language sql as $$ select told('a') $$;
  create function overloaded(z int, x int, y int, n int) returns bytea stable language sql as $$ select told('b') $$;
  create schema elsewhere;
  create function elsewhere."A Function"(z int, x int, y int) returns bytea stable language sql as $$ select told('c') $$;
  comment on function plain(int, int, int) is 'Says where it is';
`;

/** What `told` made tiles of, layer by layer. */
function toldIn(tile: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < tile.length; at += 2 + tile[at + 1]!) {
    names.push(tile.subarray(at + 4, at + 4 + tile[at + 3]!).toString());
  }
  return names;
}

describe('tile functions', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: FUNCTIONS });
  });

  const text = async (path: string): Promise<string> => {
    const { status, body } = await bytesOf(server.api.get(path));
    assert.equal(status, 200, `${path}: ${status} ${String(body)}`);
    return toldIn(body as Buffer).join();
  };

  it('are discovered by what they take and give', () => {
    const ids = server.ctx.catalog.all().map(({ id }) => id);
    assert.deepEqual(ids.sort(), [
      'elsewhere.A Function',
      'fails',
      'overloaded',
      'plain',
      'public.overloaded',
      'typed',
      'with_query',
    ]);
  });

  it('make tiles, and none where they return NULL', async () => {
    assert.equal(await text('/tiles/plain/3/2/1.mvt'), '3/2/1');
    assert.equal(await text('/tiles/elsewhere.A%20Function/0/0/0.mvt'), 'c');
    await server.api.get('/tiles/plain/4/0/0.mvt').expect(204);
  });

  it('of one name are told apart by their arguments', async () => {
    assert.equal(await text('/tiles/overloaded/0/0/0.mvt'), 'a');
    assert.equal(await text('/tiles/public.overloaded/0/0/0.mvt?n=1'), 'b');
  });

  it('get every parameter as JSON where they take a query', async () => {
    const json = JSON.parse(
      await text('/tiles/with_query/0/0/0.mvt?n=1.5&s=a%22b&yes=true&many=1&many=x&zip=007&__proto__=p'),
    ) as Record<string, unknown>;
    assert.deepEqual(Object.entries(json), [
      ['n', 1.5],
      ['s', 'a"b'],
      ['yes', true],
      ['many', [1, 'x']],
      ['zip', '007'],
      ['__proto__', 'p'],
    ]);
    assert.equal(await text('/tiles/with_query/0/0/0.mvt'), '{}');
  });

  it('get parameters of their types by name, and defaults for what is left out', async () => {
    assert.equal(await text('/tiles/typed/0/0/0.mvt?n=5'), '5|none|0.5|red|t|{}');
    const query = new URLSearchParams({
      n: '-7',
      'Some Name': `x'); drop table y; --`,
      ratio: '1e2',
      day: '2024-02-29',
      since: '2024-02-29T00:00:00+07',
      colour: 'green',
      flag: 'false',
      ids: '{1,2}',
    });
    assert.equal(
      await text(`/tiles/typed/0/0/0.mvt?${query}`),
      `-7|x'); drop table y; --|100|2024-02-29|2024-02-28 17:00:00|green|f|{1,2}`,
    );
  });

  describe('refuse', () => {
    const refused = [
      'typed/0/0/0.mvt',
      'typed/0/0/0.mvt?n=x',
      'typed/0/0/0.mvt?n=99999999999',
      'typed/0/0/0.mvt?n=1&n=2',
      'typed/0/0/0.mvt?n=1&nope=1',
      'typed/0/0/0.mvt?n=1&day=2023-02-30',
      'typed/0/0/0.mvt?n=1&since=yesterday-ish',
      'typed/0/0/0.mvt?n=1&colour=mauve',
      'typed/0/0/0.mvt?n=1&ids=1,2',
      'typed/0/0/0.mvt?n=1&flag=maybe',
      'typed/0/0/0.mvt?n=1&Some%20Name=%00',
      'typed/0/0/0.mvt?n=1&columns=n',
      'plain/0/0/0.mvt?n=1',
      'plain/0/0/0.mvt?__proto__=1',
      'with_query/0/0/0.mvt?s=%00',
    ];
    for (const path of refused) {
      it(path, async () => {
        const { body, status } = await server.api.get(`/tiles/${path}`);
        assert.equal(status, 400, JSON.stringify(body));
      });
    }
  });

  it('that fail say nothing of why', async () => {
    const { body } = await server.api.get('/tiles/fails/0/0/0.mvt').expect(502);
    assert.equal(body.code, 'layer_query_failed');
    assert.doesNotMatch(JSON.stringify(body), /secret/);
  });

  it('have a TileJSON, and no features', async () => {
    const { body } = await server.api.get('/tiles/plain.json').expect(200);
    assert.equal(body.description, 'Says where it is');
    assert.deepEqual(body.vector_layers, [
      { id: 'plain', description: 'Says where it is', minzoom: 0, maxzoom: 14, fields: {} },
    ]);
    await server.api.get('/features/plain').expect(404);
  });

  it('stand beside tables in one tile, and their answers are kept for a moment', async () => {
    const first = await bytesOf(server.api.get('/tiles/plain,overloaded/0/0/0.mvt').expect(200));
    assert.deepEqual(toldIn(first.body as Buffer), ['0/0/0', 'a']);
    assert.doesNotMatch(String(first.headers['cache-control']), /immutable/);
  });
});
