import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { coresOf } from '../../server/cluster/machine.ts';
import { countWorkers } from '../../server/cluster/settings.ts';
import { connectionsOf, shareOf } from '../../server/cluster/share.ts';
import { ConfigError, readConfig } from '../../server/config.ts';
import { statement } from '../../server/db/sql.ts';
import { createKey } from '../../server/security/keys.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { newDatabase, onPostgres, withDatabase } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { program } from '../support/program.ts';

const LAYER = `create table place (id int primary key, geom geometry(Point, 4326));
  insert into place values (1, st_point(10, 10))`;

/** A server of several processes; resolves when all of them serve. */
async function startWorkers(
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, program('main'), {
    cwd: projectPath(),
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'silent',
      CHOROGRAPH_MAPS: 'none.yaml',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  // It is read to its end: a server that has more to say would find nobody there, and end.
  const url = await new Promise<string | undefined>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, url] = /ready: (http:\S+) \(2 processes\)/.exec(said) ?? [];
      if (url) resolve(url);
    });
    child.stderr.on('end', () => resolve(undefined));
  });
  if (url === undefined) throw new Error(`the server ended: ${said}`);
  return { child, url };
}

/** Processes that a process started, as Linux lists them. */
function childrenOf(pid: number | undefined): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function status(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode ?? 0));
      res.on('error', reject);
    }).on('error', reject);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The answers to requests one after the other, each over a connection of its own; none while nobody listens. */
function askUntilStopped(url: string, agent: Agent): { all: number[]; stop(): Promise<number[]> } {
  const all: number[] = [];
  let running = true;
  const asking = (async () => {
    while (running) {
      const answer = await status(url, agent).catch(() => undefined);
      if (answer === undefined) await sleep(5);
      else all.push(answer);
    }
  })();
  return { all, stop: () => ((running = false), asking.then(() => all)) };
}

/** Asks all the time, over a few connections that are kept, until it is stopped. */
function load(url: string): { stop(): Promise<{ answers: number; wrong: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const wrong: string[] = [];
  let answers = 0;
  let running = true;
  const client = async (): Promise<void> => {
    while (running) {
      const result = await status(`${url}/tiles/place/0/0/0.mvt`, agent).catch(
        (error: Error) => error.message,
      );
      if (result === 200) answers++;
      else wrong.push(String(result));
      await sleep(10);
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  return {
    stop: async () => {
      running = false;
      await clients;
      agent.destroy();
      return { answers, wrong };
    },
  };
}

describe('WORKERS', () => {
  it('refuses more than one on the embedded database, where auto is one', () => {
    for (const value of ['2', '8']) {
      assert.throws(
        () => readConfig({ WORKERS: value }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.match(
            error.problems.join(),
            /WORKERS must be 1 or auto with the embedded database.*set DATABASE_URL/,
          );
          return true;
        },
      );
    }
    for (const environment of [{}, { WORKERS: 'auto' }, { WORKERS: '1' }])
      assert.equal(countWorkers(readConfig(environment), { cores: 4, memoryBytes: 16e9 }), 1);
  });

  it('is a number, or what the machine is for, unless somebody says otherwise', () => {
    const counted = (WORKERS: string | undefined, cores: number, memoryBytes: number): number =>
      countWorkers(readConfig({ DATABASE_URL: 'postgres://localhost/x', WORKERS }), { cores, memoryBytes });
    for (const value of ['auto', undefined]) {
      assert.equal(counted(value, 4, 16e9), 4);
      assert.equal(counted(value, 64, 512e9), 8, 'connections bound it');
      assert.equal(counted(value, 4, 3.5e9), 2, 'memory bounds it');
      assert.equal(counted(value, 4, 0.5e9), 1, 'a small container has one');
    }
    assert.equal(counted('3', 1, 1e9), 3);
    for (const value of ['0', '-1', '1.5', 'all', '257'])
      assert.throws(() => counted(value, 4, 16e9), ConfigError, value);
  });

  it('counts whole cores of what a container may have', () => {
    assert.equal(coresOf(8, 'max 100000\n'), 8);
    assert.equal(coresOf(8, ''), 8);
    assert.equal(coresOf(8, '250000 100000\n'), 2);
    assert.equal(coresOf(8, '50000 100000\n'), 1);
    assert.equal(coresOf(2, '800000 100000\n'), 2);
  });

  it('divides what a server may have among its processes', () => {
    const settings = {
      CHOROGRAPH_POOL_SIZE: '10',
      CHOROGRAPH_TILE_CACHE_MB: '128',
      CHOROGRAPH_CUT_CACHE_MB: '32',
    };
    const config = readConfig(settings);
    const shares = [1, 4, 8].map((workers) => shareOf(config, workers));
    assert.deepEqual(
      shares.map(({ pool, tile, cutBytes }) => [pool.size, tile.cacheBytes / 1e6, cutBytes / 1e6]),
      [
        [10, 128, 32],
        [3, 32, 8],
        [2, 16, 4],
      ],
    );
    assert.equal(connectionsOf(1, 4), 1);
  });
});

onPostgres('a server of two processes', () => {
  let environment: Record<string, string>;
  let child: ChildProcess;
  let url: string;
  const workers = (): number[] => childrenOf(child.pid);
  const fresh = new Agent({ keepAlive: false });
  let whileStarting: number[];

  before(async function () {
    // Both find an empty database and migrate it.
    environment = { ...(await newDatabase()), WORKERS: '2', CHOROGRAPH_LIMIT_DOCUMENTS: '5' };
    await withDatabase(environment, (db) => db.run(statement(LAYER)));
    const port = await freePort();
    const answers = askUntilStopped(`http://localhost:${port}/health/ready`, fresh);
    ({ child, url } = await startWorkers({ ...environment, PORT: String(port) }));
    await eventually(() => answers.all.includes(200), 'an answer of one that is ready');
    whileStarting = await answers.stop();
  });

  after(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });

  it('serves one port with both, and counts what they did together', async () => {
    assert.equal(workers().length, 2);
    for (let i = 0; i < 20; i++) assert.equal(await status(`${url}/tiles/place/0/0/0.mvt`, fresh), 200);
    const text = await (await fetch(`${url}/metrics`)).text();
    assert.match(text, /^chorograph_workers 2$/m);
    assert.match(text, /^chorograph_ready 2$/m);
    const served = [...text.matchAll(/^chorograph_tiles_total\{layer="place",cache="\w+"\} (\d+)$/gm)];
    assert.equal(
      served.reduce((sum, [, count]) => sum + Number(count), 0),
      20,
    );
    const { key } = await withDatabase(environment, (db) =>
      createKey(db, { name: 'operator', scopes: ['audit'] }),
    );
    const slow = await fetch(`${url}/metrics/slowest`, { headers: { 'X-API-Key': key } });
    const { tiles } = (await slow.json()) as { tiles: { layer: string; x: number; y: number }[] };
    assert.deepEqual(
      tiles.map(({ layer, x, y }) => [layer, x, y]),
      [['place', 0, 0]],
    );
    // What both know is not counted twice.
    assert.match(text, /^chorograph_catalog_layers\{state="servable"\} 1$/m);
  });

  it('turns nobody away once one of them serves', () => {
    const first = whileStarting.indexOf(200);
    assert.deepEqual(
      whileStarting.filter((answer, i) => answer !== (i < first ? 503 : 200)),
      [],
    );
  });

  it('has V8 keep little for what is new in each, with the options that it was started with', () => {
    for (const pid of workers()) {
      const options = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      assert.deepEqual(options.slice(1, 1 + program('main').length), [
        ...program('main').slice(0, -1),
        '--max-semi-space-size=2',
      ]);
    }
  });

  it('counts requests of both together', async () => {
    // Each of a connection of its own, and of another URL: the next process takes it, and nothing is answered from a cache.
    const answers: number[] = [];
    for (let i = 0; i < 8; i++) answers.push(await status(`${url}/features/place?limit=${i + 1}`, fresh));
    assert.deepEqual(answers, [200, 200, 200, 200, 200, 429, 429, 429]);
  });

  it('goes on serving when one is killed, and starts another', async function () {
    const [victim = 0] = workers();
    process.kill(victim, 'SIGKILL');
    await eventually(() => !workers().includes(victim), 'its end is noticed');
    // Each may meet any process that takes connections: the new one takes none before it can serve.
    await eventually(async () => {
      for (let i = 0; i < 50; i++) assert.equal(await status(`${url}/tiles/place/0/0/0.mvt`, fresh), 200);
      const text = await (await fetch(`${url}/metrics`)).text();
      return /^chorograph_workers 2$/m.test(text) && /^chorograph_worker_restarts_total 1$/m.test(text);
    }, 'two serve again');
    assert.equal(workers().length, 2);
  });

  it('replaces both on SIGHUP without losing a request', async function () {
    const before = workers();
    const clients = load(url);
    const replaced = (): boolean => workers().length === 2 && !workers().some((pid) => before.includes(pid));
    await sleep(500);
    child.kill('SIGHUP');
    try {
      await eventually(replaced, 'replaced');
      await sleep(500);
    } finally {
      await clients.stop();
    }
    const { answers, wrong } = await clients.stop();
    assert.deepEqual(wrong, []);
    assert.ok(answers > 50, `${answers} answers`);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^chorograph_worker_reloads_total 1$/m);
  });

  it('finishes what is in flight on SIGTERM, and ends with all its processes', async function () {
    const all = workers();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await ended) as [number];
    assert.equal(code, 0);
    for (const pid of all) assert.throws(() => process.kill(pid, 0), /ESRCH/);
    await assert.rejects(fetch(`${url}/health/live`));
  });

  it('ends where no process can start', async function () {
    const blocker = spawn(process.execPath, program('main'), {
      cwd: projectPath(),
      env: { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...environment, HOST: '203.0.113.1' },
      stdio: 'ignore',
    });
    const [code] = (await once(blocker, 'exit')) as [number];
    assert.equal(code, 1);
  });
});
