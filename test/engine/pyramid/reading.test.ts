import assert from 'node:assert/strict';
import { sql } from '../../../server/db/sql.ts';
import { CELLS } from '../../../server/engine/pyramid/blocks.ts';
import { cellRange, cellsQuery } from '../../../server/engine/pyramid/cells.ts';
import { newServer, onPostgres, untilFileEnds, type TestServer } from '../../support/environment.ts';

const ZOOM = 5;
/** Of a cell of that zoom, in metres. */
const CELL = 40075016.68557849 / 2 ** ZOOM / CELLS;
/** Tiles side by side that have a point in each cell. */
const TILES = 5;
const SQL = `create table everywhere as
  select row_number() over () as id, st_setsrid(st_makepoint((x + 0.5) * ${CELL}, (y + 0.5) * ${CELL}), 3857)::geometry(Point, 3857) as geom
  from generate_series(0, ${TILES * CELLS - 1}) x, generate_series(0, ${TILES * CELLS - 1}) y`;
const MAPS = `layers: { everywhere: { table: everywhere, pyramid: { below: ${ZOOM + 1} } } }`;

interface Plan {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

onPostgres('a tile of a pyramid', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS }, untilFileEnds);
    await server.ctx.pyramids.settled();
  });

  it('reads its own cells, those next to it, and hardly another', async () => {
    const { table } = server.ctx.pyramids.of(server.ctx.catalog.layer('everywhere'))!.build!;
    const half = 2 ** (ZOOM - 1);
    const range = cellRange({ z: ZOOM, x: half + 2, y: half - 3 }, 64);
    const query = cellsQuery(table, range, { sums: [], categories: 0, hasOther: false });
    const [row] = await server.ctx.db.run<{ cells: string }>(query);
    assert.equal(row?.cells.split(';').length, (CELLS + 2) ** 2);
    const [explained] = await server.ctx.db.run<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      sql`explain (analyze, format json) ${query}`,
    );
    const read = rowsRead(explained!['QUERY PLAN'][0].Plan, table);
    // PostgreSQL tells the rows of a look into the index as the mean of all of them, rounded.
    assert.ok(read >= CELLS ** 2 && read <= (CELLS + 2) ** 2 + 10, `${read} rows`);
  });
});

function rowsRead(plan: Plan, table: string): number {
  const found =
    plan['Actual Rows'] +
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0);
  const own = plan['Relation Name'] === table ? found * plan['Actual Loops'] : 0;
  return (plan.Plans ?? []).reduce((sum, child) => sum + rowsRead(child, table), own);
}
