import assert from 'node:assert/strict';
import { isEvaluable } from '../../../server/cql2/memory/evaluate.ts';
import { compile } from '../../../server/cql2/sql/compile.ts';
import { filterOf, readFilter, type LayerFilter } from '../../../server/cql2/filter.ts';
import { join, sql } from '../../../server/db/sql.ts';
import { select } from '../../../server/engine/memory/selection.ts';
import { newServer, once, type TestServer } from '../../support/environment.ts';
import { Expressions } from '../expressions.ts';

/** How many filters are made up, and from which seed: `CQL2_FILTERS=10000 CQL2_SEED=7 npx mocha test/cql2/agree.test.ts`. */
const COUNT = Number(process.env.CQL2_FILTERS ?? 300);
const SEED = Number(process.env.CQL2_SEED ?? 1);
/** Filters that the database is asked about in one query. */
const BATCH = 30;

const TABLE = `
  create table samples (
    id int primary key, a int, b bigint, c double precision, d real, e numeric, s text, t varchar(20), f boolean,
    day date, at timestamptz, tags text[], geom geometry(geometry, 4326));
  insert into samples
    select i,
      case when i % 7 <> 0 then i % 13 - 6 end,
      (array[null, 0, -1, 9007199254740993, 9007199254740992, 9223372036854775807, 5, 6])[i % 8 + 1],
      (array[null, 0.1, -0.0, 1e-200, 1e200, 'NaN', 'Infinity', 2.5, 3, -6])[i % 10 + 1]::float8,
      (array[null, 0.1, 2.5, -3, 1e30, 'NaN'])[i % 6 + 1]::real,
      (array[null, 0.1, 2.50, -3, 12345678901234567890.123])[i % 5 + 1],
      (array[null, '', 'abc', 'ABC', 'a%c', 'a_c', 'a\\c', 'ñandú', 'Zebra', '😀', U&'\\FFFD', 'it''s'])[i % 12 + 1],
      (array[null, 'abc', 'b', '6', 'Ñandú'])[i % 5 + 1],
      (array[null, true, false])[i % 3 + 1],
      case when i % 4 <> 0 then date '2024-01-01' + i % 9 end,
      case when i % 5 <> 0 then timestamptz '2024-01-01T00:00:00Z' + i * interval '7 hours' end,
      (array[null, '{}', '{a}', '{a,b}', '{b,c,NULL}'])[i % 5 + 1]::text[],
      case i % 5 when 0 then null
        when 1 then st_setsrid(st_point(i % 9, i % 7), 4326)
        when 2 then st_setsrid(st_makeline(st_point(0, i % 7), st_point(9, 3)), 4326)
        when 3 then st_makeenvelope(i % 4, i % 3, i % 4 + 3, i % 3 + 2, 4326)
        else st_geomfromtext('POLYGON((0 0, 4 4, 4 0, 0 4, 0 0))', 4326) end
    from generate_series(1, 200) i;
`;

once('CQL2 filters of layers in memory', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLE });
  });

  it('keep the rows that the database keeps', async function () {
    this.timeout(20_000 + COUNT * 200);
    const { catalog, generations, memory, db } = server.ctx;
    const layer = catalog.tableLayer('samples');
    const loaded = await memory.get(layer, generations.of('public.samples'));
    const made = new Expressions(SEED);
    let evaluated = 0;
    for (let done = 0; done < COUNT; done += BATCH) {
      const texts = Array.from({ length: Math.min(BATCH, COUNT - done) }, () => made.condition());
      const filters = texts.map((filter): LayerFilter => {
        const written = readFilter({ filter });
        assert.ok(written);
        return filterOf(written, layer);
      });
      const items = filters.map(
        ({ condition }) =>
          sql`coalesce(json_agg(id order by id) filter (where ${compile(condition, layer)}), '[]')`,
      );
      const [row] = await db.run<{ found: number[][] }>(
        sql`select json_build_array(${join(items)}) as found from samples`,
      );
      for (const [i, filter] of filters.entries()) {
        const selection = await select(server.ctx, loaded, filter);
        const ids = loaded.ids.filter((_, at) => selection.keeps(at));
        const message = `seed ${SEED}, filter ${done + i}: ${texts[i]}`;
        assert.deepEqual(ids, row?.found[i], message);
        if (isEvaluable(filter.condition)) evaluated++;
      }
    }
    assert.ok(evaluated > COUNT / 3, `${evaluated} of ${COUNT} in memory`);
  });
});
