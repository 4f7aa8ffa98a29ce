import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { without } from '../../server/db/embedded/bundle.ts';

const run = promisify(execFile);
const LONG = `share/${'long-'.repeat(12)}/${'name-'.repeat(12)}.sql`;

describe('the archive of PostGIS that is kept', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-bundle-'));
    for (const name of ['lib/postgis-3.so', 'lib/postgis_raster-3.so', LONG]) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), `content of ${name}`.repeat(100));
    }
    await symlink('postgis-3.so', join(folder, 'lib', 'other.so'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const packed = async (format: string): Promise<Buffer> => {
    const file = join(folder, `${format}.tar`);
    await run('tar', [`--format=${format}`, '-cf', file, 'lib', 'share'], { cwd: folder });
    return readFile(file);
  };

  it('has everything else of the one that it was made of', async () => {
    const smaller = without(await packed('ustar'));
    assert.ok(smaller);
    const out = join(folder, 'out');
    await mkdir(out);
    await writeFile(join(out, 'smaller.tar'), smaller);
    await run('tar', ['-xf', 'smaller.tar'], { cwd: out });
    const { stdout } = await run('find', ['lib', 'share', '!', '-type', 'd'], { cwd: out });
    assert.deepEqual(stdout.trim().split('\n').sort(), ['lib/other.so', 'lib/postgis-3.so', LONG]);
    for (const name of ['lib/other.so', LONG])
      assert.deepEqual(await readFile(join(out, name)), await readFile(join(folder, name)));
  });

  it('is not made of one that it could tear apart', async () => {
    assert.equal(without(await packed('gnu')), undefined); // has an entry for the long name of the next
    assert.equal(without(Buffer.alloc(1024, 'x')), undefined);
  });
});
