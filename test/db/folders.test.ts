import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyDatabase } from '../../server/db/embedded/folders.ts';

describe('the copy of an embedded database', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-copy-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('has every file but those of the log that are kept to be written over, for its owner alone', async () => {
    const segment = (n: number): string => `pg_wal/00000001000000000000000${n.toString(16).toUpperCase()}`;
    const files = [
      'PG_VERSION',
      'base/1/1255',
      'pg_wal/archive_status/one',
      segment(11),
      segment(9),
      segment(10),
    ];
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    for (const file of files) {
      await mkdir(join(from, dirname(file)), { recursive: true });
      await writeFile(join(from, file), file);
    }
    await mkdir(join(from, 'pg_empty'));
    await copyDatabase(from, to);
    const copied = files.filter((file) => file !== segment(10) && file !== segment(11));
    const names = await readdir(to, { recursive: true });
    const folders = ['base', 'base/1', 'pg_empty', 'pg_wal', 'pg_wal/archive_status'];
    assert.deepEqual(names.sort(), [...copied, ...folders].sort());
    for (const file of copied) assert.equal(await readFile(join(to, file), 'utf8'), file);
    for (const each of ['', ...folders]) assert.equal((await stat(join(to, each))).mode & 0o777, 0o700, each);
  });
});
