import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectPath } from '../../server/tools/paths.ts';
import { values } from '../choropleth/support.ts';
import { demoServer, untilFileEnds, type TestServer } from '../support/environment.ts';

const run = promisify(execFile);

const has = (module: string): boolean => {
  try {
    execFileSync('python3', ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
/** What is not here is told, and not listed. */
const whereThere = (is: boolean, install: string, test: () => void): void =>
  is ? test() : console.log(`not tested here: ${install}`);

describe('what other languages read', () => {
  let server: TestServer;
  let page: string;
  before(async function () {
    server = await demoServer();
    const text = await readFile(projectPath('docs', 'integrations', 'data.md'), 'utf8');
    page = text.replaceAll('https://maps.example.org', server.url);
  });

  const snippet = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

  it('is all there, in every language of the page', async () => {
    const urls = [...page.matchAll(/["'](http:[^"']+)["']/g)].map(([, url = '']) => url);
    assert.ok(urls.length >= 6, urls.join());
    for (const url of urls) {
      const { status, headers } = await server.api.get(url.replace(server.url, ''));
      assert.equal(status, 200, url);
      const type = String((headers as Record<string, string>)['content-type']);
      assert.match(type, url.includes('.csv') ? /^text\/csv/ : /^application\/geo\+json/, url);
    }
  });

  whereThere(has('csv'), 'apt-get install python3', () =>
    it('is read by Python as it is', async () => {
      const { stdout } = await run('python3', ['-c', snippet('python')]);
      const { rows } = await values(server, 'us-unemployment');
      const highest = rows.map(({ value }) => value ?? -1).sort((a, b) => b - a);
      const printed = stdout.trim().split('\n');
      assert.deepEqual(
        printed.map((line) => Number(line.split(' ').at(-1))),
        highest.slice(0, 3),
      );
      for (const line of printed) assert.match(line, /^\d{5} /);
    }),
  );

  whereThere(has('duckdb'), 'pip install duckdb', () =>
    it('is read by DuckDB as it is', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'chorograph-duckdb-'));
      untilFileEnds.push(() => rm(folder, { recursive: true, force: true }));
      for (const [, file = '', url = ''] of snippet('sh').matchAll(/curl -o (\S+) '([^']+)'/g))
        await writeFile(join(folder, file), Buffer.from(await (await fetch(url)).arrayBuffer()));
      const program = `import duckdb, json, sys\nprint(json.dumps(duckdb.sql(sys.argv[1].rstrip().rstrip(';')).fetchall()))`;
      const { stdout } = await run('python3', ['-c', program, snippet('sql')], { cwd: folder });
      const { rows } = await values(server, 'us-unemployment');
      const states = new Map<string, number[]>();
      for (const { code, value } of rows)
        if (value !== null) states.set(code.slice(0, 2), [...(states.get(code.slice(0, 2)) ?? []), value]);
      const read = JSON.parse(stdout) as [state: string, counties: number, mean: number][];
      assert.equal(read.length, 3);
      for (const [state, counties, mean] of read) {
        const own = states.get(state) ?? [];
        assert.equal(counties, own.length, state);
        assert.ok(Math.abs(mean - own.reduce((sum, value) => sum + value, 0) / own.length) < 0.006, state);
      }
    }),
  );
});
