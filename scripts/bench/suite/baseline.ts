import { createServer } from 'node:http';
import pg from 'pg';

/*
 * The baseline of every comparison: a bare `node:http` server that asks PostGIS for each tile with the
 * `ST_AsMVT` query of its manual, prepared, on a projected and indexed table. A process of its own, as
 * our server is one: its arguments are the database, how many connections it may open, and its port.
 */
const [databaseUrl, connections, port] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: Number(connections) });
const server = createServer((req, res) => {
  const [, table = '', z = '', x = '', y = ''] = /^\/(\w+)\/(\d+)\/(\d+)\/(\d+)$/.exec(req.url ?? '') ?? [];
  pool
    .query<{ mvt: Buffer }>({
      name: `tile of ${table}`,
      text: tileSql(table),
      values: [Number(z), Number(x), Number(y)],
    })
    .then(({ rows }) =>
      res.writeHead(200, { 'content-type': 'application/vnd.mapbox-vector-tile' }).end(rows[0]?.mvt),
    )
    .catch(() => res.writeHead(500).end());
});
process.on('SIGTERM', () => process.exit(0));
server.listen(Number(port), '127.0.0.1');

function tileSql(table: string): string {
  const attributes: Readonly<Record<string, string>> = {
    bench_counties: 'id, code, name',
    bench_points: 'id, category, score',
    bench_villages: 'id, county',
  };
  return `select st_asmvt(tile, '${table}', 4096, 'mvt_geometry', 'id') as mvt from (
    select ${attributes[table] ?? 'id'}, st_asmvtgeom(geom, st_tileenvelope($1, $2, $3), 4096, 64, true) as mvt_geometry
    from ${table} where geom && st_tileenvelope($1, $2, $3, margin => 64.0 / 4096)) tile
    where mvt_geometry is not null`;
}
