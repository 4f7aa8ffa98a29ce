import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import fc from 'fast-check';
import { tileBounds } from '../../server/engine/grid.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { countTiles, coveringTiles } from '../../server/tiles/commands/warm.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';
import { program } from '../support/program.ts';

async function run(args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, [...program('cli'), 'warm', ...args], {
    cwd: projectPath(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const [code] = (await event(child, 'close')) as [number | null];
  return { code, out, error };
}

once('warming', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: `create table place (id int primary key, geom geometry(Point, 4326));
        insert into place select i, st_setsrid(st_point(i, i / 2.0), 4326) from generate_series(-100, 100) i;`,
    });
    // Told when it changes, and not by counters that arrive late: no tile is made twice.
    await server.run(`select chorograph.track('place')`);
    await server.ctx.generations.poll();
  });

  it('asks for every tile of the zooms, so that the server has them', async () => {
    const before = server.ctx.cache.stats().outcomes;
    const { code, out } = await run(['--layer', 'place', '--zooms', '0-4', '--url', server.url]);
    assert.equal(code, 0);
    const [, done, total, failed] = /(\d+) of (\d+) tiles, (\d+) failed/.exec(out) ?? [];
    assert.equal(done, total);
    assert.equal(failed, '0');
    assert.equal(server.ctx.cache.stats().outcomes.miss - before.miss, Number(total));
    const again = await server.api.get('/tiles/place/3/3/3.mvt').expect(200);
    assert.ok(again);
    assert.equal(server.ctx.cache.stats().outcomes.miss - before.miss, Number(total));
  });

  it('keeps to a box', async () => {
    const { code, out } = await run([
      '--layer', 'place', '--zooms', '6', '--bbox', '10,5,11,5.5', '--url', server.url,
    ]); // prettier-ignore
    assert.equal(code, 0);
    assert.match(out, /: 1 of 1 tiles, 0 failed/);
  });

  it('says what is wrong', async () => {
    for (const args of [
      [],
      ['--layer', 'place', '--zooms', '8-2'],
      ['--layer', 'place', '--bbox', '1,2'],
      ['--no'],
    ]) {
      const { code, error } = await run(args);
      assert.equal(code, 64, args.join(' '));
      assert.match(error, /^error: /);
    }
    const unknown = await run(['--layer', 'nothing', '--url', server.url]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.error, /answered 404/);
    const absent = await run(['--layer', 'place', '--url', 'http://127.0.0.1:9']);
    assert.equal(absent.code, 1);
  });

  it('covers a box with the tiles that touch it, each once', () => {
    const box = fc
      .tuple(
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: -85, max: 85, noNaN: true }),
        fc.double({ min: 0, max: 40, noNaN: true }),
        fc.double({ min: 0, max: 20, noNaN: true }),
      )
      .map(([w, s, dx, dy]) => [w, s, Math.min(180, w + dx), Math.min(85, s + dy)] as const);
    fc.assert(
      fc.property(box, fc.integer({ min: 0, max: 6 }), (bounds, z) => {
        const tiles = [...coveringTiles(bounds, [z, z])];
        assert.equal(tiles.length, countTiles(bounds, [z, z]));
        assert.equal(new Set(tiles.map(({ x, y }) => `${x}/${y}`)).size, tiles.length);
        const outer = tiles.map((tile) => tileBounds(tile));
        assert.ok(Math.min(...outer.map((b) => b[0])) <= bounds[0] + 1e-9);
        assert.ok(Math.max(...outer.map((b) => b[2])) >= bounds[2] - 1e-9);
        for (const b of outer) assert.ok(b[0] <= bounds[2] + 1e-9 && b[2] >= bounds[0] - 1e-9);
      }),
      // So near to the antimeridian that it is on the other side of it once rounded.
      { examples: [[[179.99999999999997, 0, 179.99999999999997, 0], 1]] },
    );
  });
});
