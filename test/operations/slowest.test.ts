import assert from 'node:assert/strict';
import { SlowestTiles, slowest } from '../../server/observe/slowest.ts';
import { createKey } from '../../server/security/keys.ts';
import { demoServer, once, type TestServer } from '../support/environment.ts';

const tile = (x: number, ms: number) => ({ layer: 'roads', engine: 'postgis', z: 9, x, y: 1, ms, bytes: 10 });

once('The slowest tiles', () => {
  it('are those of the last hour, each once and at its worst, and never more than twenty', () => {
    let now = 0;
    const kept = new SlowestTiles(() => now);
    for (let x = 0; x < 100; x++) kept.add(tile(x, (x * 37) % 100));
    assert.deepEqual(
      kept.list().map(({ ms }) => ms),
      Array.from({ length: 20 }, (_, i) => 99 - i),
    );
    const [worst] = kept.list();
    kept.add({ ...tile(worst!.x, 90) });
    kept.add({ ...tile(worst!.x, 120) });
    assert.deepEqual({ ...kept.list()[0], at: '' }, { ...tile(worst!.x, 120), at: '', times: 3 });
    now = 1_800_000;
    kept.add(tile(1000, 500));
    now = 3_600_000;
    assert.deepEqual(
      kept.list().map(({ x, ms }) => [x, ms]),
      [[1000, 500]],
    );
    kept.add(tile(1001, 1));
    assert.equal(kept.list().length, 2, 'there is room again');
  });

  it('of several processes are one list', () => {
    const [one, two] = [new SlowestTiles(() => 0), new SlowestTiles(() => 0)];
    one.add(tile(1, 5));
    two.add(tile(1, 9));
    two.add(tile(2, 7));
    assert.deepEqual(
      slowest([...one.list(), ...two.list()]).map(({ x, ms, times }) => [x, ms, times]),
      [
        [1, 9, 2],
        [2, 7, 1],
      ],
    );
  });

  describe('of a server', () => {
    let server: TestServer;
    before(async function () {
      server = await demoServer();
    });

    it('are told with layer, place, time and size to whoever has the scope', async () => {
      await server.api.get('/tiles/us_states/2/0/1.mvt').expect(200);
      await server.api.get('/gis/choropleth/us-unemployment/tiles/2/0/1.mvt').expect(200);
      await server.api.get('/metrics/slowest').expect(401);
      const other = await createKey(server.ctx.db, { name: 'slowest-other', scopes: ['search'] });
      await server.api.get('/metrics/slowest').set('X-API-Key', other.key).expect(403);
      const { key } = await createKey(server.ctx.db, { name: 'slowest', scopes: ['audit'] });
      const { body } = await server.api.get('/metrics/slowest').set('X-API-Key', key).expect(200);
      const { tiles } = body as { tiles: ReturnType<typeof slowest> };
      assert.ok(tiles.length > 0 && tiles.length <= 20);
      for (const { layer, engine, z, x, y, ms, bytes, at, times } of tiles) {
        assert.ok(layer !== '' && engine !== '');
        for (const value of [z, x, y, bytes, times]) assert.ok(Number.isInteger(value) && value >= 0);
        assert.ok(ms >= 0 && Date.parse(at) <= Date.now());
      }
    });
  });
});
