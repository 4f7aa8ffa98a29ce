import assert from 'node:assert/strict';
import type { TableLayer } from '../../../server/catalog/types.ts';
import { sql, statement } from '../../../server/db/sql.ts';
import { tileAt } from '../../../server/engine/grid.ts';
import { defaultColumns, tileQuery } from '../../../server/engine/postgis/tile-query.ts';
import { newServer, onPostgres, type TestServer } from '../../support/environment.ts';

onPostgres('the query of a tile', () => {
  let server: TestServer;
  before(async () => {
    const points = (name: string, type: string, point: string): string =>
      `create table ${name} (id int primary key, geom ${type});
       insert into ${name} select i, ${point} from generate_series(1, 100000) i;
       create index on ${name} using gist (geom);
       analyze ${name};`;
    const place = 'st_setsrid(st_point((i % 1000) * 0.3 - 150, i / 1000 - 50), 4326)';
    const local =
      'st_transform(st_setsrid(st_point(105 + (i % 1000) * 0.004, -8 + i / 1000 * 0.04), 4326), 32748)';
    server = await newServer({
      sql: [
        points('degrees', 'geometry(point, 4326)', place),
        points('metres', 'geometry(point, 3857)', `st_transform(${place}, 3857)`),
        points('local', 'geometry(point, 32748)', local),
        points('globe', 'geography(point)', `${place}::geography`),
        points('undeclared', 'geometry', `st_setsrid(${place}, 0)`),
      ].join('\n'),
    });
  });

  const explain = async (layer: TableLayer, z: number): Promise<string> => {
    const coord = tileAt(106.5, -6.5, z);
    const query = tileQuery({
      layer,
      name: layer.id,
      coord,
      columns: defaultColumns(layer),
      filters: [],
      buffer: 64,
      maxFeatures: 50_000,
      stamp: sql`null`,
    });
    const rows = await server.ctx.db.run<{ 'QUERY PLAN': string }>(
      statement(`explain (costs off) ${query.text}`, query.values),
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  for (const id of ['degrees', 'metres', 'local', 'globe', 'undeclared']) {
    it(`is answered by the spatial index (${id})`, async () => {
      assert.match(await explain(server.ctx.catalog.tableLayer(id), 9), new RegExp(`Index.* ${id}_geom_idx`));
    });
  }
});
