import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { statement } from '../../server/db/sql.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { newDatabase, once, withDatabase } from '../support/environment.ts';
import { mapsText, SCHEMA } from './support.ts';
import { program } from '../support/program.ts';

const run = promisify(execFile);

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

once('commands', function () {
  let environment: Record<string, string>;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-test-'));
    const maps = join(folder, 'maps.yaml');
    await writeFile(maps, mapsText());
    environment = { ...(await newDatabase()), CHOROGRAPH_MAPS: maps };
    await withDatabase(environment, (db) => db.run(statement(SCHEMA)));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function script(name: string, ...args: string[]): Promise<Outcome> {
    const options = { cwd: projectPath(), env: { PATH: process.env.PATH, ...environment } };
    const parameters = [...program('cli'), name, ...args];
    return run(process.execPath, parameters, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as Outcome,
    );
  }

  it('refresh: all that maps.yaml names, or one, or says what is not there', async () => {
    const all = await script('refresh');
    assert.equal(all.code, 0, all.stderr);
    assert.match(all.stdout, /public\.cube: 2 rows, 0 changed, concurrently, \d+ ms/);
    const none = await script('refresh', 'nothing');
    assert.equal(none.code, 1);
    assert.match(none.stderr, /there is no materialized view public\.nothing/);
  });

  it('keys: made, listed and revoked', async () => {
    const made = await script('keys', 'create', 'loader', '--scope', 'refresh');
    const id = /^cg_(\w{12})_[\w-]{43}\n$/.exec(made.stdout)?.[1] ?? '';
    assert.notEqual(id, '', made.stderr);
    const { stdout } = await script('keys', 'list');
    assert.match(stdout, new RegExp(`^${id} {2}loader {2}\\[refresh\\] .* last used never`, 'm'));
    assert.equal((await script('keys', 'revoke', id)).code, 0);
    const again = await script('keys', 'revoke', id);
    assert.equal(again.code, 1);
    assert.match(again.stderr, new RegExp(`^there is no valid key ${id}$`, 'm'));
    assert.equal((await script('keys', 'create', 'x', '--scope', 'everything')).code, 64);
  });
});
