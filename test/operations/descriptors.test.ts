import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { Agent, get } from 'node:http';
import { projectPath } from '../../server/tools/paths.ts';
import { newDatabase, onPostgres } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { program } from '../support/program.ts';

/** Files and connections that each process may have open. */
const DESCRIPTORS = 256;
/** More than two processes have together. */
const CLIENTS = 600;

/** The answer's status; undefined where there is none. */
async function status(url: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: 5_000 }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

/** Many clients at once ask time and again, each over a connection that it keeps as long as it may. */
async function crowd(url: string, ms: number): Promise<Set<number | undefined>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const answers = new Set<number | undefined>();
  const end = Date.now() + ms;
  const client = async (): Promise<void> => {
    while (Date.now() < end) answers.add(await status(url, agent));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return answers;
}

for (const workers of [1, 2]) {
  onPostgres(
    `more clients than ${workers === 1 ? 'a process has' : 'two processes have'} descriptors`,
    () => {
      let child: ChildProcess;
      let url: string;
      let said = '';

      before(async () => {
        const server = [process.execPath, ...program('main')];
        child = spawn('sh', ['-c', `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`, ...server], {
          cwd: projectPath(),
          env: {
            PATH: process.env.PATH,
            PORT: '0',
            LOG_LEVEL: 'warn',
            CHOROGRAPH_MAPS: 'none.yaml',
            ...(await newDatabase()),
            WORKERS: String(workers),
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
        url = await eventually(() => /Chorograph is ready: (http:\S+)/.exec(said)?.[1], 'a server').catch(
          () => assert.fail(said),
        );
      });

      after(() => child.kill('SIGKILL'));

      it('leave it serving, while they are there and when they are gone', async () => {
        // Some are turned away without an answer.
        const answers = await crowd(`${url}/health/live`, 3_000);
        answers.delete(undefined);
        assert.deepEqual(answers, new Set([200]));
        const agent = new Agent({ keepAlive: false });
        await eventually(async () => (await status(`${url}/health/ready`, agent)) === 200, 'an answer');
        for (let i = 0; i < 20; i++) assert.equal(await status(`${url}/health/ready`, agent), 200);
        assert.equal(child.exitCode, null);
      });
    },
  );
}
