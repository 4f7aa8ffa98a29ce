import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { projectPath } from '../../server/tools/paths.ts';

export interface ServerProcess {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** The built server in a process of its own, as it runs in production with one, over a database. */
export function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  return startProcess([projectPath('dist', 'server', 'main.js')], {
    PORT: '0',
    WORKERS: '1',
    LOG_LEVEL: 'warn',
    CHOROGRAPH_MAPS: 'none.yaml',
    ...environment,
  });
}

/** A Node process, and the URL that it says it is ready at on standard error. */
export async function startProcess(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    cwd: projectPath(),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  let said = '';
  for await (const line of createInterface(child.stderr)) {
    said += `${line}\n`;
    const url = /ready: (http:\S+)/.exec(line)?.[1];
    if (url) {
      child.stderr.resume();
      return { url, pid: child.pid ?? 0, stop };
    }
  }
  throw new Error(`the server did not start:\n${said}`);
}
