import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import pg from 'pg';
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

  for (const [url, host, port, user, password, database] of [
    ['postgres://u:p@db:5433/gis', 'db', 5433, 'u', 'p', 'gis'],
    ['postgres://u:p@/gis?host=/cloudsql/a:b:c', '/cloudsql/a:b:c', 5432, 'u', 'p', 'gis'],
    ['postgres://u:p@:5433/gis?host=%2Frun%2Fpostgresql', '/run/postgresql', 5433, 'u', 'p', 'gis'],
    ['postgres:///gis?host=/tmp&user=u&password=p', '/tmp', 5432, 'u', 'p', 'gis'],
    [
      'postgres://u%40v:p%2F%25%40@db/my%20maps%2Fof%40all%3A%26%3D%2B%24%2C%3B',
      'db',
      5432,
      'u@v',
      'p/%@',
      'my maps/of@all:&=+$,;',
    ],
    [
      'postgresql://[::1]:5433/gis?sslmode=disable&options=-c%20search_path%3Da%2Cb',
      '::1',
      5433,
      undefined,
      null,
      'gis',
    ],
  ] as const) {
    it(`takes ${url} as libpq does`, () => {
      const client = new pg.Client(readConfig({ DATABASE_URL: url }).databaseUrl);
      assert.deepEqual([client.host, client.port, client.database], [host, port, database]);
      if (user !== undefined) assert.deepEqual([client.user, client.password], [user, password]);
    });
  }

  it('says that it takes no list of hosts', () => {
    assert.match(String(problemsOf({ DATABASE_URL: 'postgres://u@a:5432,b:5432/gis' })), /of one host/);
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
