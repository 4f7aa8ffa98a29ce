import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableLayer } from '../../server/catalog/types.ts';
import type { MemoryLayer } from '../../server/engine/memory/memory-layer.ts';
import { grown, inOrder, type Remembered } from '../../server/tiles/loading/asked.ts';
import { chosen, preload } from '../../server/tiles/loading/preload.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { newServer, once, serve, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

const DAY_MS = 86_400_000;
const TABLES = `
  create table often (id int primary key, geom geometry(polygon, 4326));
  insert into often select i, st_makeenvelope(i, 0, i + 1, 1, 4326) from generate_series(0, 9) i;
  create table seldom (id int primary key, geom geometry(point, 4326));
  insert into seldom values (1, 'srid=4326;point(7 50)');
  create table never (id int primary key, geom geometry(point, 4326));
  insert into never values (1, 'srid=4326;point(7 50)');
  analyze;`;

const remembered = (entries: Record<string, [score: number, vertices: number]>): Map<string, Remembered> =>
  new Map(Object.entries(entries).map(([id, [score, vertices]]) => [id, { score, vertices }]));

once('what was asked for', () => {
  it('counts half after three days, and is forgotten in the end', () => {
    const before = remembered({ old: [8, 10], faded: [0.015, 1] });
    const after = grown(before, remembered({ new: [5, 20], old: [1, 30] }), 3 * DAY_MS);
    assert.deepEqual(inOrder(after), [
      ['old', { score: 5, vertices: 30 }],
      ['new', { score: 5, vertices: 20 }],
    ]);
  });

  it('is loaded in that order, as much as fits, but what each role sees other rows of', () => {
    const layers = ['a', 'b', 'c', 'd'].map((id) => ({ id, type: 'table' }) as TableLayer);
    const asked = remembered({ a: [1, 10], b: [9, 60], c: [5, 50], d: [3, 40], gone: [99, 1] });
    const ids = (all: readonly TableLayer[]): string[] => all.map(({ id }) => id);
    assert.deepEqual(ids(chosen(layers, asked, 110)), ['b', 'c']);
    assert.deepEqual(ids(chosen(layers, asked, 100)), ['b', 'd']);
    const closed = layers.map((layer) => (layer.id === 'b' ? { ...layer, access: 'role' as const } : layer));
    assert.deepEqual(ids(chosen(closed, asked, 1_000)), ['c', 'd', 'a']);
  });

  it('keeps no start waiting for longer than it may', async () => {
    const never = new Promise<never>(() => {});
    const memory = { fits: () => Promise.resolve(true), get: () => never };
    const layer = { id: 'a', schema: 's', name: 'a' } as TableLayer;
    const generations = { of: () => 'g1' };
    await preload([layer], { memory, generations }, 20, () => never, new AbortController().signal);
  });
});

once('a start that somebody waits for', () => {
  it('warms nothing any more, and loads the rest behind it', async () => {
    const done: string[] = [];
    const layers = ['a', 'b'].map((id) => ({ id, schema: 's', name: id }) as TableLayer);
    let come: () => void = () => {};
    const hangs = new Promise<void>((resolve) => (come = resolve));
    const get = async ({ id }: TableLayer): Promise<MemoryLayer> => {
      if (id === 'b') await hangs; // from a slow database
      done.push(`loaded ${id}`);
      return {} as MemoryLayer;
    };
    const memory = { fits: () => Promise.resolve(true), get };
    const warm = async (): Promise<void> => void done.push('warmed');
    const { signal } = new AbortController();
    await preload(
      layers,
      { memory, generations: { of: () => 'g1' } },
      600_000,
      warm,
      signal,
      Promise.resolve(),
    );
    assert.deepEqual(done, ['loaded a']);
    come();
    await eventually(() => done.includes('loaded b'), 'the other layer');
    assert.deepEqual(done, ['loaded a', 'loaded b']);
  });
});

describe('a start', () => {
  it('has the layers in memory that earlier runs were asked for, and no other', async () => {
    const { environment: own, opened } = await newServer({ sql: TABLES });
    const folder = await mkdtemp(join(tmpdir(), 'chorograph-start-'));
    const environment = {
      ...own,
      CHOROGRAPH_START_LOADING_MS: '600000',
      CHOROGRAPH_SNAPSHOTS_MB: '10',
      CHOROGRAPH_DATA_DIR: folder,
    };
    const start = (): Promise<TestServer> => serve(environment, {}, undefined, opened);
    const inMemory = ({ ctx }: TestServer): string[] => ctx.memory.uses().map(({ layer }) => layer.id);
    try {
      const first = await start();
      assert.deepEqual(inMemory(first), []);
      await isToldOfWhoWaits(first);
      for (const tile of ['seldom/0/0/0', 'often/0/0/0', 'often/1/1/0', 'often/2/2/1'])
        await bytesOf(first.api.get(`/tiles/${tile}.mvt`).expect(200));
      await first.stop();

      const second = await start();
      assert.deepEqual(inMemory(second), ['seldom', 'often']); // the one that was asked for most came first
      const tile = await bytesOf(second.api.get('/tiles/often/0/0/0.mvt').expect(200));
      assert.equal(featuresOf(tile.body as Buffer, 'often').length, 10);
      const { text } = await second.api.get('/metrics').expect(200);
      assert.match(text, /chorograph_layer_loads_total\{from="disk"\} 2\n/);
      assert.doesNotMatch(text, /from="database"/);
      await second.stop();

      const file = (await readdir(join(folder, 'cache'))).find((name) => name.endsWith('.json')) ?? '';
      assert.match(await readFile(join(folder, 'cache', file), 'utf8'), /often/);
      await writeFile(join(folder, 'cache', file), '{"version":1,"at":"yesterday","layers":[[');
      assert.deepEqual(inMemory(await start()), []);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Somebody who asks while a server starts, and not whoever looks how far it is, tells it so. */
async function isToldOfWhoWaits({ api, ctx: { startup } }: TestServer): Promise<void> {
  let told = 0;
  Object.assign(startup, { state: 'starting', onTurnedAway: () => told++ });
  await api.get('/health/live').expect(200);
  assert.equal(told, 0);
  await api.get('/tiles/often/0/0/0.mvt').expect(503);
  assert.equal(told, 1);
  Object.assign(startup, { state: 'ready', onTurnedAway: undefined });
}
