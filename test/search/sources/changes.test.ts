import assert from 'node:assert/strict';
import { readRows, type Reading } from '../../../server/search/sources/read.ts';
import { sourcesOf, type RowSource } from '../../../server/search/sources/sources.ts';
import { withClient } from '../../support/cluster.ts';
import { newServer, onPostgres, type TestServer } from '../../support/environment.ts';

const SQL = `
  create table public.shops (code text primary key, name text, remarks text, staff int, geom geometry(Point, 4326));
  insert into public.shops select lpad(n::text, 3, '0'), 'Toko ' || n, case n % 3 when 0 then 'tutup' end, n, st_point(106, -6)
  from generate_series(1, 60) n;`;
const MAPS = `
search:
  shops: { table: public.shops, title: name, code: code, text: [remarks], rank: staff }
`;

describe('a table that changed', () => {
  let server: TestServer;
  let source: RowSource;
  let last: Reading;
  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS });
    source = sourcesOf(server.ctx).find(({ id }) => id === 'search:shops')!;
  });
  const read = (before?: Reading, most = 1_000): Promise<Reading> =>
    readRows(server.ctx.db, source, { most, turns: {}, before });
  /** Reads what changed, and holds it against all that there is. @returns keys that differ; none where all was read */
  const changed = async (): Promise<string | undefined> => {
    last = await read(last);
    assert.deepEqual([...last.documents], [...(await read()).documents]);
    return (
      last.changes && [...last.changes.gone, ...last.changes.changed.map(({ key }) => key)].sort().join()
    );
  };

  it('is read where it changed, and is the same as if all of it had been read', async () => {
    last = await read();
    assert.equal(last.changes, undefined);
    for (const [statement, keys] of [
      ['select 1', ''],
      [`update public.shops set name = 'Warung' where code in ('007', '060')`, '007,060'],
      [`update public.shops set name = name where code = '008'`, ''],
      [
        `insert into public.shops values ('0305', 'Toko Baru', null, 3, null), ('999', 'Toko Akhir', 'x', 3, null)`,
        '0305,999',
      ],
      [`update public.shops set name = null where code = '010'`, '010'],
      [`update public.shops set staff = 2, geom = st_point(100, 1) where code = '011'`, '011'],
      [`delete from public.shops where code = '012'`, '012'],
      [
        `delete from public.shops where code = '015'; insert into public.shops values ('016a', 'Toko', null, 1, null)`,
        '015,016a',
      ],
      [`update public.shops set code = '998' where code = '013'`, '013,998'],
      // Whoever is first now moves all others.
      [`update public.shops set staff = 9000 where code = '014'`, undefined],
      [
        `truncate public.shops; insert into public.shops values ('1', 'Toko Tunggal', null, 1, null)`,
        undefined,
      ],
      [`insert into public.shops values ('2', 'Toko Kedua', null, 1, null)`, '2'],
      [
        `delete from public.shops where code = '1'; insert into public.shops values ('1', 'Toko Tunggal', null, 1, null)`,
        '',
      ],
      // Another table in its place, whose rows are older than the reading before.
      [
        `create table public.older as select * from public.shops; update public.shops set name = 'Toko Lain' where code = '1'`,
        '1',
      ],
      [`alter table public.shops rename to newer; alter table public.older rename to shops`, undefined],
    ] as const) {
      await server.run(statement);
      const found = await changed();
      assert.equal(found, keys, statement);
    }
  });

  // The embedded database has one session.
  onPostgres('while others write', () =>
    it('is read where a transaction was open before, and committed later', async () => {
      last = await read();
      await withClient(server.environment.DATABASE_URL!, async (client) => {
        await client.query(`begin; update public.shops set name = 'Toko Lambat' where code = '2'`);
        assert.equal(await changed(), '');
        await server.run(`insert into public.shops values ('3', 'Toko Cepat', null, 1, null)`);
        assert.equal(await changed(), '3');
        await client.query('commit');
      });
      assert.equal(await changed(), '2');
      assert.ok([...last.documents].some(({ title }) => title === 'Toko Lambat'));
    }),
  );
});
