import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TableLayer } from '../../../server/catalog/types.ts';
import { buildTileIndex, type TileIndex } from '../../../server/engine/cutting/tile-index.ts';
import { SnapshotFolder } from '../../../server/engine/snapshots/folder.ts';
import type { LayerHead } from '../../../server/engine/snapshots/layer-file.ts';
import { headOf } from '../../../server/engine/snapshots/pack.ts';
import { LayerWriter } from '../../../server/engine/snapshots/writer.ts';
import { eventuallyPasses } from '../../support/eventually.ts';

const OPTIONS = { maxZoom: 22, sharedBorders: true, keepCollapsed: true };
const ROWS = 20;
const ALL = 17;

function newIndex(): TileIndex {
  const features = Array.from({ length: ROWS }, (_, x) => ({
    geometry: {
      type: 'Polygon' as const,
      coordinates: [[[x, 0], [x + 1, 0.1], [x + 1, 1], [x, 1], [x, 0]]],
    },
  })); // prettier-ignore
  return buildTileIndex(features, OPTIONS);
}

describe('who completes the file of a layer', () => {
  let folder: string;
  let files: SnapshotFolder;
  let other: ChildProcess;
  /** Names of files, in the order in which they came to be whole, and were no longer worked at. */
  let whole: string[];
  let ended: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-writer-'));
    files = new SnapshotFolder(folder, 1e8);
    other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    [whole, ended] = [[], []];
  });
  afterEach(async () => {
    other.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const newWriter = (): LayerWriter => new LayerWriter(files, { maxBytes: 1e8, index: OPTIONS });

  /** Has a layer written, whose data is at `key`; returns its index. */
  function write(writer: LayerWriter, name: string, key = 'one'): TileIndex {
    const index = newIndex();
    const values = new Map([['n', Array.from({ length: ROWS }, (_, i) => i)]]);
    const layer = { source: { id: name } as TableLayer, index, values, rows: ROWS };
    const onWhole = (): void => void whole.push(name);
    const onEnd = (): void => void ended.push(name);
    writer.write({ layer, name, key, onRows: () => {}, onWhole, onEnd });
    return index;
  }

  async function headOfFile(name: string): Promise<LayerHead | undefined> {
    const bytes = await readFile(files.pathsOf(name).path).catch(() => undefined);
    return bytes && headOf<LayerHead>(new Uint8Array(bytes))?.head;
  }
  const zooms = async (name: string): Promise<number | undefined> => (await headOfFile(name))?.zooms.length;
  const isPrepared = (index: TileIndex): boolean =>
    Array.from({ length: ALL }, (_, zoom) => zoom).every((zoom) => index.prepare(zoom) === undefined);
  const ends = (count: number): Promise<void> => eventuallyPasses(() => assert.equal(ended.length, count));

  it('is who has the right to, and what it made is there', async () => {
    const index = write(newWriter(), 'a');
    await ends(1);
    assert.deepEqual([await zooms('a'), whole], [ALL, ['a']]);
    assert.ok(isPrepared(index));
  });

  it('is one process of several: the others write rows that are missing, and take the rest from the file', async () => {
    write(newWriter(), 'model');
    await ends(1);
    const { completing } = files.pathsOf('a');
    await writeFile(completing, String(other.pid));
    const writer = newWriter();
    const index = write(writer, 'a');
    const waits = index.prepare(5);
    await eventuallyPasses(async () => assert.equal(await zooms('a'), 0));
    await sleep(600); // some looks
    assert.deepEqual([await zooms('a'), ended.length], [0, 1]);
    await rename(files.pathsOf('model').path, files.pathsOf('a').path);
    await ends(2);
    assert.deepEqual(whole, ['model', 'a']);
    await waits;
    assert.ok(isPrepared(index));
    assert.equal(await readFile(completing, 'utf8'), String(other.pid));
  });

  it('is another where the one is gone', async () => {
    await writeFile(files.pathsOf('a').completing, String(other.pid));
    write(newWriter(), 'a');
    await eventuallyPasses(async () => assert.equal(await zooms('a'), 0));
    other.kill('SIGKILL');
    await once(other, 'exit');
    await ends(1);
    assert.deepEqual([await zooms('a'), whole], [ALL, ['a']]);
  });

  it('makes first what somebody waits for, of whichever layer', async () => {
    const writer = newWriter();
    const [first] = ['a', 'b'].map((name) => write(writer, name));
    await ends(2);
    assert.deepEqual(whole, ['b', 'a']); // rows of all come before zooms of any
    first?.giveUp();
    const again = newWriter();
    const index = write(again, 'c');
    index.expect([9]);
    const waits = index.prepare(9);
    write(again, 'd');
    await ends(4);
    assert.deepEqual(whole.slice(2), ['c', 'd']);
    await waits;
  });

  it('leaves a file that another state of the data has taken', async () => {
    const writer = newWriter();
    const old = write(writer, 'a');
    const waits = ((): Promise<void> | undefined => {
      old.expect([3]);
      return old.prepare(3);
    })();
    write(writer, 'a', 'two');
    await waits;
    await ends(2);
    const head = await headOfFile('a');
    assert.deepEqual([head?.key, head?.zooms.length, whole], ['two', ALL, ['a']]);
  });

  it('writes what it has when it is stopped, and goes on with that', async () => {
    const writer = newWriter();
    write(writer, 'a');
    await eventuallyPasses(async () => assert.notEqual(await zooms('a'), undefined));
    await writer.stop();
    assert.equal(ended.length, 1);
    write(newWriter(), 'a');
    await ends(2);
    assert.deepEqual([await zooms('a'), whole.at(-1)], [ALL, 'a']);
  });

  it('goes on without a file where none can be written', async () => {
    const index = write(new LayerWriter(files, { maxBytes: 10, index: OPTIONS }), 'a');
    await ends(1);
    assert.deepEqual([await zooms('a'), whole], [undefined, []]);
    assert.equal(index.nextExpected(), undefined);
    await index.prepare(4);
    assert.ok(index.tile({ z: 4, x: 8, y: 7 }).length > 0);
  });
});
