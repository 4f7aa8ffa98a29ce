import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { statement } from '../../../server/db/sql.ts';
import { backend, type TestServer } from '../../support/environment.ts';
import { mapsText, refreshServer, SCHEMA } from '../support.ts';

/** Rounds of change, more by TEST_RACE_ROUNDS; between any two of them readers read as fast as they can. */
const ROUNDS = Number(process.env.TEST_RACE_ROUNDS ?? (backend === 'postgres' ? 80 : 25));
const READERS = 6;

/** What a reader got: the generation that it was told, the number that it saw, and which bytes they came in. */
interface Seen {
  generation: string;
  n: number;
  immutable: boolean;
  etag: string;
  body: string;
}

describe('reads while data changes all the time', () => {
  let server: TestServer;
  /** The number that each generation of a relation stood for, as its writer saw it in its transaction. */
  const truth = {
    cube: new Map<string, number>(),
    point: new Map<string, number>(),
    big: new Map<string, number>(),
  };

  before(async () => {
    server = await refreshServer({
      sql: `${SCHEMA}
        delete from fact where code = 'b';
        create table point (id int primary key, n int not null, geom geometry(Point, 4326) not null);
        insert into point values (1, 0, st_point(5, 5));
        -- Too many rows for memory on PostgreSQL, so that PostGIS makes its tiles.
        create table big (id int primary key, n int not null, geom geometry(Point, 4326) not null);
        insert into big select i, 0, st_point(-50, -50) from generate_series(1, 20) i;`,
      maps: mapsText(),
      environment: { CHOROGRAPH_MEMORY_VERTICES: '15' },
    });
    await server.run(`select chorograph.track('point'), chorograph.track('big')`);
    await server.run(`select chorograph.bump('public.cube')`);
    await server.ctx.generations.poll();
  });

  after(() => server.done());

  it('every answer is of the very generation that it names, and no ETag stands for two', async function () {
    const etags = new Map<string, string>();
    const counts = { answers: 0, immutable: 0, generations: new Set<string>() };
    let done = false;

    async function write(): Promise<void> {
      for (let round = 1; round <= ROUNDS; round++) {
        await change('cube', round);
        await change('point', round);
        if (backend === 'postgres') await change('big', round);
        if (round % 20 === 0) await server.ctx.generations.poll();
      }
      done = true;
    }

    async function change(relation: keyof typeof truth, n: number): Promise<void> {
      await server.ctx.db.transaction(async (tx) => {
        if (relation === 'cube') {
          await tx.run(statement('update fact set n = $1', [n]));
          await tx.run(statement('refresh materialized view concurrently cube'));
          await tx.run(statement(`select chorograph.bump('public.cube')`));
        } else {
          await tx.run(statement(`update ${relation} set n = $1`, [n]));
        }
        const [row] = await tx.run<{ generation: number }>(
          statement('select generation from chorograph.generation where relation = $1', [
            `public.${relation}`,
          ]),
        );
        // Before COMMIT, so that no reader can be ahead of the truth.
        truth[relation].set(`g${row?.generation}`, n);
      });
    }

    function check(relation: keyof typeof truth, url: string, seen: Seen): void {
      counts.answers++;
      counts.generations.add(seen.generation);
      if (seen.immutable) counts.immutable++;
      const known = etags.get(`${url} ${seen.etag}`);
      assert.ok(
        known === undefined || known === seen.body,
        `${url}: ETag ${seen.etag} stands for two answers`,
      );
      etags.set(`${url} ${seen.etag}`, seen.body);
      const n = truth[relation].get(seen.generation);
      if (n !== undefined) assert.equal(seen.n, n, `${url} names ${seen.generation}`);
    }

    async function get(
      path: string,
    ): Promise<{ etag: string; immutable: boolean; body: Buffer; status: number }> {
      const answer = await fetch(server.url + path, { headers: { 'Accept-Encoding': 'identity' } });
      const body = Buffer.from(await answer.arrayBuffer());
      assert.ok(answer.status === 200, `${path}: ${answer.status} ${body.toString('utf8').slice(0, 300)}`);
      const immutable = (answer.headers.get('cache-control') ?? '').includes('immutable');
      return { etag: answer.headers.get('etag') ?? '', immutable, body, status: answer.status };
    }

    async function readValues(): Promise<string> {
      const url = '/gis/choropleth/facts/values.json';
      const { body, ...rest } = await get(url);
      const document = JSON.parse(body.toString()) as {
        version: string;
        generation: { cube: string };
        rows: [string, string, null, number][];
      };
      const generation = document.generation.cube;
      check('cube', url, { ...rest, generation, n: document.rows[0]![3], body: body.toString() });
      return document.version;
    }

    /** The tile of exactly the version that a document named, as a map asks for it. */
    async function readChoroplethTile(version: string): Promise<void> {
      const { body, etag, immutable } = await get(`/gis/choropleth/facts/tiles/0/0/0.mvt?g=${version}`);
      const n = numberIn(body, 'facts', 'value');
      const known = etags.get(`tile ${etag}`);
      assert.ok(known === undefined || known === body.toString('base64'), 'one tile per ETag');
      etags.set(`tile ${etag}`, body.toString('base64'));
      if (!immutable) return;
      counts.immutable++;
      const before = byVersion.get(version);
      assert.ok(before === undefined || before === n, `g=${version} stood for ${before} and for ${n}`);
      byVersion.set(version, n);
    }
    const byVersion = new Map<string, number>();

    async function readLayer(relation: 'point' | 'big'): Promise<void> {
      const known = server.ctx.generations.of(`public.${relation}`);
      const url = `/tiles/${relation}/0/0/0.mvt?g=${known}`;
      const { body, etag, immutable } = await get(url);
      const n = numberIn(body, relation, 'n');
      // Only an immutable answer says which generation it is; any other must still keep to its ETag.
      const generation = immutable ? known : '';
      check(relation, `/tiles/${relation}`, {
        generation,
        n,
        immutable,
        etag,
        body: body.toString('base64'),
      });
    }

    async function read(): Promise<void> {
      while (!done) {
        await readChoroplethTile(await readValues());
        await readLayer('point');
        if (backend === 'postgres') await readLayer('big');
      }
    }

    await Promise.all([write(), ...Array.from({ length: READERS }, read)]);
    assert.ok(counts.answers > ROUNDS, `${counts.answers} answers`);
    assert.ok(counts.immutable > 0, 'answers that browsers may keep for ever');
    assert.ok(counts.generations.size > ROUNDS / 10, `${counts.generations.size} generations were seen`);
    // When it is quiet again, the last number is what everybody sees.
    await server.ctx.generations.poll();
    const { body } = await server.api.get('/gis/choropleth/facts/values.json').expect(200);
    assert.equal((body as { rows: [string, string, null, number][] }).rows[0]![3], ROUNDS);
  });
});

function numberIn(body: Buffer, layer: string, property: string): number {
  const feature = new VectorTile(new PbfReader(body)).layers[layer]!.feature(0);
  return Number(feature.properties[property]);
}
