import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../../server/db/embedded/lock.ts';

describe('lock of the embedded database', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-lock-'));
    path = join(folder, 'db.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('names the process that holds it, and is free after release', async () => {
    const lock = await acquireLock(path);
    await assert.rejects(acquireLock(path), new RegExp(`in use by process ${process.pid} `));
    await lock.release();
    await (await acquireLock(path)).release();
    assert.deepEqual(await readdir(folder), [], 'no file is left');
  });

  it('goes to exactly one of many who ask at once, a stale lock included', async () => {
    for (let round = 0; round < 20; round++) {
      await writeFile(path, JSON.stringify({ pid: await deadPid() }));
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(path)));
      assert.equal(asked.filter((answer) => answer.status === 'fulfilled').length, 1);
      assert.deepEqual(await readdir(folder), ['db.lock'], 'no other file is left');
    }
  });

  const stale: [string, () => Promise<string>][] = [
    ['a process that ended', async () => JSON.stringify({ pid: await deadPid(), started: '1' })],
    ['a process whose id was used again', async () => JSON.stringify({ pid: process.pid, started: '1' })],
    ['nobody: the file is damaged', async () => '{"pid":'],
  ];
  for (const [holder, content] of stale) {
    it(`is taken over from ${holder}`, async function () {
      if (holder.includes('again') && process.platform !== 'linux') this.skip();
      await writeFile(path, await content());
      await acquireLock(path);
      const { pid } = JSON.parse(await readFile(path, 'utf8')) as { pid: number };
      assert.equal(pid, process.pid);
    });
  }

  it('ends the child that a dead holder left behind before it is taken over', async function () {
    if (process.platform !== 'linux') this.skip();
    const orphan = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    const ended = once(orphan, 'exit');
    const lock = await acquireLock(path);
    await lock.holdFor(orphan.pid);
    const { child } = JSON.parse(await readFile(path, 'utf8')) as { child: object };
    await writeFile(path, JSON.stringify({ pid: await deadPid(), child }));
    await acquireLock(path);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });
});

async function deadPid(): Promise<number> {
  const process_ = spawn(process.execPath, ['-e', '']);
  await once(process_, 'exit');
  return process_.pid ?? -1;
}
