import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claim } from '../../../server/engine/snapshots/claims.ts';

describe('who makes a file for all', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-claims-'));
    path = join(folder, 'cache', 'a.layer.tmp');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is one alone, until that gives the right back', async () => {
    const release = claim(path);
    assert.ok(release);
    assert.equal(claim(path), undefined);
    release();
    const second = claim(path);
    assert.ok(second);
    release(); // once more gives nothing of another back
    assert.equal(claim(path), undefined);
    second();
    assert.deepEqual(await readdir(join(folder, 'cache')), []);
  });

  it('is another where the one is gone, or has been at it for long', async () => {
    claim(path)?.();
    const { pid } = spawnSync(process.execPath, ['--version']);
    await writeFile(path, String(pid));
    const release = claim(path);
    assert.ok(release);
    await utimes(path, new Date(0), new Date(0));
    assert.ok(claim(path));
  });

  it('is anybody where there is no place to say so', async () => {
    await writeFile(join(folder, 'cache'), 'no folder');
    assert.ok(claim(path));
    assert.ok(claim(path));
  });
});
