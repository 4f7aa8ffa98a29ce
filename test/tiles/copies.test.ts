import assert from 'node:assert/strict';
import { makeCoverage } from '../../scripts/bench/coverage.ts';
import { tileAt } from '../../server/engine/grid.ts';
import { buildOverviews, type BuiltOverviews } from '../../server/engine/overviews/build.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

/** Parcels side by side, too many for a tile of the lower zooms. */
const PARCELS = 2_500;

onPostgres('generalized copies of polygons side by side', () => {
  let server: TestServer;
  let built: BuiltOverviews;

  before(async () => {
    server = await newServer({
      environment: { CHOROGRAPH_MEMORY_VERTICES: '0', CHOROGRAPH_TILE_CACHE_MB: '0' },
    });
    await makeCoverage(server.environment.DATABASE_URL ?? '', 'parcels', PARCELS);
    const { catalog, db, generations } = server.ctx;
    await catalog.reload();
    const token = generations.of('public.parcels');
    built = await buildOverviews(db, catalog.tableLayer('parcels'), { token, buffer: 64 });
    await catalog.reload();
  });

  const tablesOf = async (): Promise<string[]> => {
    const rows = await server.run<{ name: string }>(
      `select relname as name from pg_class where relname ~ '^overview_\\d+_\\d+_[mz]\\d+$' and relkind = 'r' order by 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('have no gap and no overlap at any zoom', async () => {
    const names = await tablesOf();
    assert.ok(
      names.some((name) => name.includes('_z')) && names.some((name) => name.includes('_m')),
      names.join(),
    );
    for (const name of names) {
      const [found] = await server.run<{
        own: number;
        all: number;
        holes: number;
        parts: number;
        invalid: number;
      }>(
        `select sum(st_area(geom)) as own, st_area(st_union(geom)) as all, st_nrings(st_union(geom)) as parts,
          count(*) filter (where not st_isvalid(geom))::int as invalid from chorograph.${name}`,
      );
      assert.ok(found && found.invalid === 0, name);
      assert.ok(Math.abs(found.own / found.all - 1) < 1e-9, `${name}: ${found.own} of ${found.all}`);
      // One polygon, without holes.
      assert.equal(found.parts, 1, name);
    }
  });

  it('stand for every row', async () => {
    for (const name of await tablesOf()) {
      const [found] = await server.run<{ rows: number }>(
        `select sum(chorograph_rows)::int as rows from chorograph.${name}`,
      );
      assert.equal(found?.rows, PARCELS, name);
    }
  });

  const get = async (path: string): Promise<Awaited<ReturnType<typeof bytesOf>>> => {
    const response = await bytesOf(server.api.get(path));
    assert.equal(response.status, 200, path);
    return response;
  };

  const middle = (z: number): string => {
    const { x, y } = tileAt(110, -5, z);
    return `/tiles/parcels/${z}/${x}/${y}.mvt`;
  };

  it('keep tiles small, and say where neighbours are one', async () => {
    assert.ok(built.copies.some(({ merged }) => merged));
    for (const { zoom, merged } of built.copies.filter((copy) => copy.merged)) {
      assert.ok(merged);
      const response = await get(middle(zoom));
      assert.equal(response.headers['x-tile-truncated'], 'true');
      assert.ok((response.body as Buffer).length <= 200_000, `${zoom}: ${(response.body as Buffer).length}`);
    }
    const fine = await get(middle(9));
    assert.equal(fine.headers['x-tile-truncated'], undefined);
  });

  it('are not used where rows are chosen, of which all are shown then', async () => {
    const response = await get(`${middle(3)}?kind=town`);
    assert.equal(response.headers['x-tile-truncated'], undefined);
    const [towns] = await server.run<{ n: number }>(
      `select count(*)::int as n from parcels where kind = 'town'`,
    );
    assert.equal(featuresOf(response.body as Buffer, 'parcels').length, towns?.n);
  });

  it('have tiles made beforehand that are those which are made on demand', async () => {
    assert.ok(built.made.length > 1);
    for (const zoom of built.made) {
      const made = await get(middle(zoom));
      // In whatever order columns are named, but not those that most ask for.
      const asked = await get(`${middle(zoom)}?columns=value,kind,name`);
      assert.ok((made.body as Buffer).equals(asked.body as Buffer), `zoom ${zoom}`);
    }
  });

  it('are not used once the data has changed', async () => {
    const before = featuresOf((await get(middle(3))).body as Buffer, 'parcels').length;
    await server.run(`select chorograph.track('parcels')`);
    await server.run('delete from parcels where id >= 50');
    await eventually(async () => {
      const features = featuresOf((await get(middle(3))).body as Buffer, 'parcels');
      return features.length === 50 && features.length < before;
    });
  });
});
