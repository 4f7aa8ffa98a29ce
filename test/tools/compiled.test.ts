import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, compiledFile, loadCompiled, scriptOf } from '../../server/tools/compiled.ts';
import { once } from '../support/environment.ts';

once('a file that V8 compiled before', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-compiled-'));
    file = join(folder, 'program.cjs');
    await writeFile(
      file,
      `exports.name = 'program';
       exports.dirname = __dirname;
       exports.part = require('./part.cjs');
       exports.later = () => Import('node:path');`,
    );
    await writeFile(
      join(folder, 'part.cjs'),
      `exports.whole = () => require('./program.cjs').name; exports.same = () => require('./program.cjs');`,
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** As another process would. */
  function load(): Record<string, unknown> & { part: { same(): unknown; whole(): string } } {
    const { cache } = createRequire(file);
    for (const name of [file, join(folder, 'part.cjs')]) delete cache[name];
    return loadCompiled(file) as ReturnType<typeof load>;
  }

  it('is what it was, with the files that it requires and that require it', async () => {
    compile(file);
    assert.equal(scriptOf(file).cachedDataRejected, false);
    const program = load();
    assert.equal(program.name, 'program');
    assert.equal(program.dirname, folder);
    assert.equal(program.part.whole(), 'program');
    assert.equal(program.part.same(), program);
    assert.equal((await (program.later as () => Promise<{ join: unknown }>)()).join, join);
  });

  it('is compiled again where the file is another of the same length, or what is there is nothing that V8 wrote', async () => {
    const text = (name: string): string => `exports.name = '${name}'; exports.part = require('./part.cjs');`;
    await writeFile(file, text('before!'));
    compile(file);
    await writeFile(file, text('another'));
    assert.equal(load().name, 'another');
    for (const junk of ['', 'nothing that V8 wrote']) {
      await writeFile(compiledFile(file), junk);
      assert.equal(load().name, 'another');
    }
    await rm(compiledFile(file));
    assert.equal(load().name, 'another');
  });
});
