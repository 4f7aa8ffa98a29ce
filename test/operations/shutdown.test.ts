import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { backend, newDatabase, withDatabase } from '../support/environment.ts';
import { statement } from '../../server/db/sql.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { program } from '../support/program.ts';

/** A server process of its own; resolves with its URL when it is ready. Nobody reads what it says after its first words. */
async function startProcess(
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, program('main'), {
    cwd: projectPath(),
    env: {
      PATH: process.env.PATH,
      ...environment,
      PORT: '0',
      LOG_LEVEL: 'silent',
      CHOROGRAPH_MAPS: 'none.yaml',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let url: string | undefined;
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
    said += chunk.toString();
    url = /starting at (http:\S+)/.exec(said)?.[1];
    if (url) break;
  }
  assert.ok(url, `the server ended: ${said}`);
  await eventually(async () => (await fetch(`${url}/health/ready`)).ok, 'a server that is ready');
  return { child, url };
}

/** Resolves when a query has kept a connection for a while, or `answer` is there. */
async function inFlight(url: string, answer: Promise<unknown>): Promise<void> {
  let answered = false;
  void answer.then(() => (answered = true));
  for (let busy = 0; busy < 4 && !answered;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const [open, idle] = ['open', 'idle'].map((state) =>
      Number(new RegExp(`^chorograph_db_connections\\{state="${state}"\\} (\\d+)`, 'm').exec(metrics)?.[1]),
    );
    busy = open! > idle! ? busy + 1 : 0;
    await sleep(30);
  }
}

describe('SIGTERM', () => {
  let environment: Record<string, string>;
  before(async () => {
    environment = await newDatabase();
    await withDatabase(environment, (db) =>
      db.run(
        statement(`create function slow(z int, x int, y int) returns bytea stable language sql
          as $$ select '\\x1a00'::bytea from pg_sleep(1 + 9 * z) $$`),
      ),
    );
  });

  it('finishes what is in flight, refuses what is new, and exits before its deadline', async () => {
    const { child, url } = await startProcess({ ...environment, CHOROGRAPH_SHUTDOWN_MS: '600000' });
    const exited = once(child, 'exit');
    const running = fetch(`${url}/tiles/slow/0/0/0.mvt`);
    await inFlight(url, running);
    child.kill('SIGTERM');
    const answer = await running;
    assert.equal(answer.status, 200);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), Buffer.from([0x1a, 0x00]));
    const [code] = (await exited) as [number];
    assert.equal(code, 0);
    await assert.rejects(fetch(`${url}/health/live`));
  });

  // The embedded database has one thread, which finishes a query before it closes.
  if (backend === 'postgres')
    it('cuts what does not finish by the deadline', async () => {
      const { child, url } = await startProcess({ ...environment, CHOROGRAPH_SHUTDOWN_MS: '100' });
      const exited = once(child, 'exit');
      const running = fetch(`${url}/tiles/slow/1/0/0.mvt`).then(
        (answer) => answer.status,
        () => 'cut',
      );
      await inFlight(url, running);
      child.kill('SIGTERM');
      assert.equal(await running, 'cut');
      await exited;
    });

  it('exits with the reasons where the configuration is wrong', async () => {
    const child = spawn(process.execPath, program('main'), {
      cwd: projectPath(),
      env: { PATH: process.env.PATH, PORT: 'x', CHOROGRAPH_NO: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 78);
    assert.match(said, /PORT must be a whole number/);
    assert.match(said, /CHOROGRAPH_NO is not a known setting/);
  });
});
