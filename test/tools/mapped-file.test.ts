import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { mappedFile } from '../../server/tools/mapped-file.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const CONTENT = Buffer.from('the same for all '.repeat(1_000));

describe('a file as memory of all processes', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-mapped-'));
    path = join(folder, 'a.layer');
    await writeFile(path, CONTENT);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const mapped = async (): Promise<Uint8Array> => {
    const bytes = await mappedFile(path, 1e6);
    assert.ok(bytes);
    return bytes;
  };

  it('is what it was after another took its place, and after it was removed', async () => {
    const first = await mapped();
    await writeFile(`${path}.tmp`, 'another');
    await rename(`${path}.tmp`, path);
    const second = await mapped();
    await rm(path);
    assert.deepEqual(Buffer.from(first), CONTENT);
    assert.equal(Buffer.from(second).toString(), 'another');
  });

  it('keeps to itself what is written to it', async () => {
    const bytes = await mapped();
    bytes[0] = 1;
    assert.deepEqual([bytes[0], (await mapped())[0]], [1, CONTENT[0]]);
    assert.deepEqual(await readFile(path), CONTENT);
  });

  it('is copied where a thread is to have it, whatever is asked for', async () => {
    const bytes = await mapped();
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
    } catch {
      // newer versions of Node.js refuse that
    }
    port1.close();
    port2.close();
    assert.deepEqual(Buffer.from(bytes), CONTENT);
  });

  it('is none where there is no file, nothing in it, or too much', async () => {
    assert.equal(await mappedFile(join(folder, 'none'), 1e6), undefined);
    assert.equal(await mappedFile(path, CONTENT.length - 1), undefined);
    await writeFile(path, '');
    assert.equal(await mappedFile(path, 1e6), undefined);
  });

  it('is let go once nobody can look at it', async function () {
    if (process.platform !== 'linux') return this.skip();
    const isMapped = async (): Promise<boolean> => (await readFile('/proc/self/maps', 'utf8')).includes(path);
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const held: { view?: Float64Array } = { view: new Float64Array((await mapped()).buffer, 0, 8) };
    gc();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await isMapped(), true);
    assert.equal(held.view?.[0], new Float64Array(Uint8Array.from(CONTENT).buffer, 0, 1)[0]);
    delete held.view;
    await eventuallyPasses(async () => {
      gc();
      assert.equal(await isMapped(), false);
    });
  });
});
