import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { CAPABILITIES } from '../../server/capabilities.ts';
import { exitCodeOf } from '../../server/cli/exit.ts';
import { programOf } from '../../server/cli/run.ts';
import { Tools } from '../../server/cli/tools.ts';
import { packageVersion, projectPath } from '../../server/tools/paths.ts';
import { program } from '../support/program.ts';
import { chorograph } from './support.ts';

describe('the command line', function () {
  type Parser = ReturnType<typeof programOf>;
  const all = (parser: Parser): Parser[] => [parser, ...parser.commands.flatMap(all)];
  /** As a process would, but for the second that one takes to start. */
  const refusalOf = async (
    words: readonly string[],
  ): Promise<{ code: number; error: string; out: string }> => {
    const said = { error: '', out: '' };
    const program = programOf(new Tools());
    for (const parser of all(program))
      parser.configureOutput({
        writeErr: (text) => (said.error += text),
        writeOut: (text) => (said.out += text),
      });
    const code = await program.parseAsync(words, { from: 'user' }).then(() => 0, exitCodeOf);
    return { code, ...said };
  };

  it('has every word of the capabilities, each with a line of its own', async () => {
    const { code, out } = await chorograph(['--help']);
    assert.equal(code, 0);
    const own = CAPABILITIES.flatMap((one) =>
      'commands' in one ? one.commands.map(({ name }) => name) : [],
    );
    for (const word of ['serve', 'seed', 'bench', ...own]) assert.match(out, new RegExp(`^  ${word} `, 'm'));
  });

  it('is as npm scripts in a checkout, each word of it', () => {
    const { scripts } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const words = programOf(new Tools()).commands.map((parser) => parser.name());
    for (const word of words) assert.equal(scripts[word], `tsx server/cli.ts ${word}`, word);
  });

  it('ends without a word where nobody reads its answer any more', async () => {
    const child = spawn(process.execPath, [...program('cli'), '--help'], {
      cwd: projectPath(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const [error, [code]] = (await Promise.all([text(child.stderr), once(child, 'exit')])) as [
      string,
      [number],
    ];
    assert.deepEqual({ code, error }, { code: 141, error: '' });
  });

  it('explains itself and tells its version at every word, and those below', () => {
    for (const parser of all(programOf(new Tools()))) {
      if (parser.name() === 'bench') continue; // it hands everything on
      assert.notEqual(parser.description(), '', parser.name());
      assert.equal(parser.version(), packageVersion(), parser.name());
      assert.match(parser.helpInformation(), /--help/);
    }
  });

  it('says what there is where nothing is asked', async () => {
    const { code, error } = await chorograph([]);
    assert.equal(code, 64);
    assert.match(error, /^Usage: chorograph/);
  });

  it('ends with 64 where a word is not understood', async () => {
    const { code, error, out } = await chorograph(['sed']);
    assert.deepEqual([code, out], [64, '']);
    assert.match(error, /Did you mean seed\?/);
  });

  for (const [wrong, right] of [
    [['migrate', 'sttus'], /did you mean status\?/],
    [['delta', 'instal', 'x'], /Did you mean install\?/],
    [['keys', 'create', 'x', '--scop', 'ask'], /Did you mean --scope\?/],
    [['keys', 'create', 'x', '--scope', 'everything'], /Allowed choices are refresh/],
    [['keys', 'revoke'], /missing required argument 'id'/],
    [['migrate', 'down', '0'], /a whole number from 1/],
    [['seed', 'mars'], /Allowed choices are us, santri/],
    [['refresh', '--layer', 'x'], /unknown option '--layer'/],
  ] as const) {
    it(`refuses ${wrong.join(' ')} with what would be right`, async () => {
      const { code, error, out } = await refusalOf(wrong);
      assert.equal(code, 64);
      assert.match(error, right);
      assert.equal(out, '');
    });
  }

  it('ends with 78 where settings are wrong, and never repeats a secret', async () => {
    for (const word of [['migrate', 'status'], ['serve']]) {
      const database = 'mysql://root:hunter2@host/db';
      const named = word[0] === 'serve' ? [...word, database] : [...word, '--database', database];
      const { code, error } = await chorograph(named);
      assert.equal(code, 78, error);
      assert.match(error, /DATABASE_URL must be a postgres:\/\/ URL/);
      assert.doesNotMatch(error, /hunter2/);
    }
  });

  it('ends with 1 and the reason where the database is away', async () => {
    const { code, error } = await chorograph(['migrate', '--database', 'postgres://nobody@127.0.0.1:1/none']);
    assert.equal(code, 1);
    assert.match(error, /ECONNREFUSED/);
  });
});
