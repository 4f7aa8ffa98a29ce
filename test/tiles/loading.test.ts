import assert from 'node:assert/strict';
import { backend, newServer, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const SQUARES = `
  create table squares (id int primary key, geom geometry(polygon, 4326));
  insert into squares select i, st_makeenvelope(i, 0, i + 1, 1, 4326) from generate_series(0, 9) i;
  analyze squares;`;
const PATH = '/tiles/squares/0/0/0.mvt';

describe('the first tile of a layer', () => {
  let server: TestServer;
  let engines: string[] = [];
  before(async () => {
    server = await newServer({ sql: SQUARES, environment: { CHOROGRAPH_MEMORY_WAIT_MS: '0' } });
    server.ctx.metrics.handle({ 'tile.made': ({ engine }: { engine: string }) => void engines.push(engine) });
  });

  it('comes from PostGIS at once while the layer is read, and is kept by nobody', async () => {
    engines = [];
    const first = await bytesOf(server.api.get(PATH).expect(200));
    assert.equal(featuresOf(first.body as Buffer, 'squares').length, 10);
    // Made again where data of a newer moment came meanwhile.
    if (backend === 'embedded') return assert.ok(engines.every((engine) => engine === 'memory'));
    assert.deepEqual(engines, ['postgis']);
    assert.doesNotMatch(String(first.headers['cache-control']), /immutable/);
    await eventuallyPasses(async () => {
      await server.api.get(PATH).expect(200);
      assert.equal(engines.at(-1), 'memory');
    });
    const later = await bytesOf(server.api.get(PATH).expect(200));
    assert.equal(featuresOf(later.body as Buffer, 'squares').length, 10);
    await server.api.get(PATH).set('If-None-Match', String(later.headers.etag)).expect(304);
  });

  it('has data of its own moment, also after a change', async () => {
    engines = [];
    await server.run('insert into squares values (10, st_makeenvelope(20, 0, 21, 1, 4326))');
    await eventuallyPasses(async () => {
      await server.ctx.generations.poll();
      const { body } = await bytesOf(server.api.get(PATH).expect(200));
      assert.equal(featuresOf(body as Buffer, 'squares').length, 11);
    });
    await eventuallyPasses(async () => {
      await server.api.get(PATH).expect(200);
      assert.equal(engines.at(-1), 'memory');
    });
  });
});

describe('tiles that are asked for at once while their layer is read', () => {
  it('come one after the other, and nobody is forgotten', async () => {
    const server = await newServer({ sql: SQUARES, environment: { CHOROGRAPH_MEMORY_WAIT_MS: '1' } });
    const paths = Array.from(
      { length: 12 },
      (_, i) => `/tiles/squares/${i}/${(2 ** i) >> 1}/${((2 ** i) >> 1) - (i > 0 ? 1 : 0)}.mvt`,
    );
    const tiles = await Promise.all(paths.map((path) => bytesOf(server.api.get(path).expect(200))));
    for (const { body } of tiles) assert.ok(featuresOf(body as Buffer, 'squares').length > 0);
  });
});

/** Enough vertices for zooms to be prepared beside the event loop. */
const ROUND = `
  create table round (id int primary key, geom geometry(polygon, 4326));
  insert into round select i, st_buffer(st_setsrid(st_makepoint(i % 40, i / 40), 4326), 0.6, 8) from generate_series(0, 999) i;
  analyze round;`;

describe('the first tile of a zoom', () => {
  it('comes from PostGIS while what its tiles have in common is made, which is done beside them', async () => {
    const server = await newServer({ sql: ROUND, environment: { CHOROGRAPH_MEMORY_WAIT_MS: '0' } });
    const engines: string[] = [];
    server.ctx.metrics.handle({ 'tile.made': ({ engine }: { engine: string }) => void engines.push(engine) });
    const numbersAt = async (z: number): Promise<number> => {
      const path = `/tiles/round/${z}/${2 ** (z - 1)}/${2 ** (z - 1) - 1}.mvt`;
      const { body } = await bytesOf(server.api.get(path).expect(200));
      return featuresOf(body as Buffer, 'round').length;
    };
    for (const z of [3, 4, 5]) {
      const first = await numbersAt(z);
      assert.ok(first > 10);
      await eventuallyPasses(async () => {
        assert.equal(await numbersAt(z), first);
        assert.equal(engines.at(-1), 'memory');
      });
    }
    if (backend !== 'embedded') assert.equal(engines[0], 'postgis');
  });
});

/** Enough rows for PostgreSQL's to be read in a thread. */
const MANY = `
  create table many as select i as id, 0 as state, st_setsrid(st_makepoint(i % 60, i / 60), 4326)::geometry(point, 4326) as geom
    from generate_series(1, 2500) i;
  alter table many add primary key (id);
  analyze many;`;

describe('tiles of a layer that changes again and again', () => {
  it('are each of one moment, that before the change or that after it', async () => {
    const server = await newServer({ sql: MANY, environment: { CHOROGRAPH_MEMORY_WAIT_MS: '0' } });
    if (server.ctx.generations.tracking) await server.run(`select chorograph.track('many')`);
    const statesOf = async (): Promise<unknown[]> => {
      const { body } = await bytesOf(server.api.get('/tiles/many/1/1/0.mvt').expect(200));
      return [...new Set(featuresOf(body as Buffer, 'many').map(({ properties }) => properties['state']))];
    };
    for (let round = 1; round <= 3; round++) {
      await server.run(`update many set state = ${round}`);
      await eventuallyPasses(async () => {
        await server.ctx.generations.poll();
        for (const states of await Promise.all([statesOf(), statesOf(), statesOf()])) {
          assert.equal(states.length, 1);
          assert.ok([round - 1, round].includes(Number(states[0])));
        }
        assert.deepEqual(await statesOf(), [round]);
      });
    }
    await eventuallyPasses(() => assert.ok(server.ctx.memory.vertices >= 2_500));
  });
});
