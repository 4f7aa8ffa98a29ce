import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyDatabase } from '../../server/db/embedded/folders.ts';
import { packageVersion, projectPath } from '../../server/tools/paths.ts';
import { templateDir } from '../db/template.ts';
import { buildExplorer } from '../web/browser.ts';
import { bundleServer } from '../support/program.ts';
import { outcomeOf } from './support.ts';

/**
 * The tarball of `npm pack` as somebody has it who installed it: in an empty folder, with the packages that it depends
 * on and none of those that it is developed with.
 */
describe('the package', () => {
  let folder: string;
  let server: ChildProcess | undefined;
  before(async function () {
    this.timeout(300_000);
    // Not `npm pack` with its build: that empties the explorer's folder, from which other tests are being served.
    await buildExplorer();
    await buildServer();
    folder = await mkdtemp(join(tmpdir(), 'chorograph-package-'));
    const packed = await outcomeOf(
      'npm',
      ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder],
      {
        cwd: projectPath(),
      },
    );
    assert.equal(packed.code, 0, packed.error);
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '.bin'), { recursive: true });
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    const unpacked = await outcomeOf('tar', ['-xzf', join(folder, tarball), '-C', modules], { cwd: folder });
    assert.equal(unpacked.code, 0, unpacked.error);
    await outcomeOf('mv', ['package', 'chorograph'], { cwd: modules });
    await linkDependencies(modules);
    await symlink('../chorograph/dist/server/cli.js', join(modules, '.bin', 'chorograph'));
    await outcomeOf('chmod', ['+x', join(modules, 'chorograph', 'dist', 'server', 'cli.js')], {
      cwd: folder,
    });
  });

  // Also of an attempt that took too long: nothing ends before its programs.
  afterEach(async () => {
    if (!server) return;
    server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('tells its version by npx, without tsx or anything else of development', async () => {
    const { code, out, error } = await outcomeOf('npx', ['--offline', 'chorograph', '--version'], {
      cwd: folder,
    });
    assert.deepEqual([code, out.trim()], [0, packageVersion()], error);
  });

  it('holds no sources, tests or data of anybody', async () => {
    const names = await readdir(join(folder, 'node_modules', 'chorograph'));
    for (const absent of ['server', 'test', 'scripts', 'web', '.env', '.chorograph'])
      assert.ok(!names.includes(absent), absent);
    // Bundled, it would not find its library, and layers would not be in memory once for all processes.
    const program = await readdir(join(folder, 'node_modules', 'chorograph', 'dist', 'server'));
    assert.deepEqual(
      program.filter((name) => name.startsWith('koffi')),
      [],
    );
  });

  it('serves maps, and keeps what is its user’s in the folder where it was started', async function () {
    this.timeout(420_000);
    // An empty database: how one comes to be is another test's business, and takes most of a minute.
    await copyDatabase(await templateDir(), join(folder, '.chorograph', 'db'));
    server = spawn(join(folder, 'node_modules', '.bin', 'chorograph'), ['serve', '--port', '0'], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = await readyUrl(server);
    const map = await fetch(`${url}/gis/choropleth/us-unemployment/map.png?width=200&height=150`);
    assert.equal(map.status, 200);
    assert.equal(map.headers.get('content-type'), 'image/png');
    assert.match(await (await fetch(url)).text(), /<!doctype html>/i);
    const kept = await readdir(join(folder, '.chorograph'));
    assert.ok(kept.includes('db.run') && kept.some((name) => name.startsWith('postgis-')), kept.join());
    assert.ok(!(await readdir(join(folder, 'node_modules', 'chorograph'))).includes('.chorograph'));
  });
});

/** Unless that is what the programs are run from: it is new then, and must not change under them. */
async function buildServer(): Promise<void> {
  if (process.env.TEST_PROGRAMS === 'built') return;
  await bundleServer(projectPath('dist', 'server'));
}

async function linkDependencies(modules: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(projectPath('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    const to = join(modules, name);
    await mkdir(dirname(to), { recursive: true });
    await symlink(projectPath('node_modules', name), to);
  }
}

/** The URL that a server says it is ready at. */
async function readyUrl(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    const url = /is ready: (http:\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`it did not become ready: ${said}`);
}
