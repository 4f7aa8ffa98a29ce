import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError, ENVIRONMENT, readConfig } from '../../server/config.ts';
import { projectPath } from '../../server/tools/paths.ts';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

describe('configuration', () => {
  it('needs nothing', () => {
    const config = readConfig({});
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.port, 3000);
    assert.deepEqual(config.corsOrigins, ['*']);
  });

  it('is frozen, nested parts included', () => {
    const config = readConfig({}) as unknown as { port: number; pool: { size: number } };
    assert.throws(() => (config.port = 1), TypeError);
    assert.throws(() => (config.pool.size = 1), TypeError);
  });

  it('takes empty variables as absent', () => {
    assert.equal(readConfig({ DATABASE_URL: '', PORT: '' }).port, 3000);
  });

  it('reports every wrong variable at once, with what was expected', () => {
    const problems = problemsOf({
      PORT: 'http',
      LOG_LEVEL: 'loud',
      CHOROGRAPH_POOL_SIZE: '0',
      CHOROGRAPH_DEMO: 'yes',
    });
    assert.deepEqual(problems, [
      'LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent, but it is "loud"',
      'PORT must be a whole number from 0 to 65535, but it is "http"',
      'CHOROGRAPH_POOL_SIZE must be a whole number from 1 to 200, but it is "0"',
      'CHOROGRAPH_DEMO must be true or false, but it is "yes"',
    ]);
  });

  it('reports unknown names and suggests the one that was meant', () => {
    assert.deepEqual(problemsOf({ CHOROGRAPH_TILE_BUFER: '1', CHOROGRAPH_ZZZ: '1', OTHER: 'fine' }), [
      'CHOROGRAPH_TILE_BUFER is not a known setting; did you mean CHOROGRAPH_TILE_BUFFER?',
      'CHOROGRAPH_ZZZ is not a known setting',
    ]);
  });

  it('never repeats a wrong database URL, as it may hold a password', () => {
    const [problem = ''] = problemsOf({ DATABASE_URL: 'mysql://root:secret@host/db' });
    assert.match(problem, /^DATABASE_URL must be a postgres:\/\/ URL/);
    assert.doesNotMatch(problem, /secret/);
  });

  for (const value of ['-1', '1.5', '1e3', ' ', '0x10', '99999999999999999999']) {
    it(`refuses ${JSON.stringify(value)} as a port`, () =>
      assert.equal(problemsOf({ PORT: value }).length, 1));
  }
});

describe('.env.example', () => {
  const text = readFileSync(projectPath('.env.example'), 'utf8');
  // Settings without a default stand there as comments.
  const example = parseEnv(text.replace(/^# (?=[A-Z_]+=)/gm, ''));

  it('names every setting and no other', () => {
    assert.deepEqual(Object.keys(example).sort(), Object.keys(ENVIRONMENT).sort());
  });

  it('shows the defaults', () => {
    assert.deepEqual(readConfig(parseEnv(text)), readConfig({}));
  });
});
