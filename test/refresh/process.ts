import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPath } from '../../server/tools/paths.ts';
import { program } from '../support/program.ts';

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** The file that it reads its maps from. */
  readonly maps: string;
  /** Lines that it said to the person at the terminal until it was ready. */
  said(): string[];
  /** Ends it with a signal and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** A server in a process of its own, ready. */
export async function startProcess(
  environment: Record<string, string>,
  mapsText: string,
): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-test-'));
  const maps = join(folder, 'maps.yaml');
  await writeFile(maps, mapsText);
  const child = spawn(process.execPath, program('main'), {
    cwd: projectPath(),
    env: {
      PATH: process.env.PATH,
      WORKERS: '1',
      ...environment,
      PORT: '0',
      LOG_LEVEL: 'silent',
      CHOROGRAPH_MAPS: maps,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  let said = '';
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
    said += chunk.toString();
    const url = /ready: (http:\S+)/.exec(said)?.[1];
    if (url) return { url, child, maps, said: () => said.split('\n'), end };
  }
  throw new Error(`the server ended: ${said}`);
}
