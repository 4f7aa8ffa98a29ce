import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Running } from './cached.ts';

/** Takes a seventh of the processor time that autocannon takes, and so leaves the server to be the limit. */
export const withWrk = isInstalled('wrk', '-v');

const canPin = availableParallelism() > 1 && isInstalled('taskset', '-V');

/** Server on the first core, client on the second: neither takes the other's time. */
export const SERVER_CORE = '0';
const CLIENT_CORE = '1';

export interface Load {
  requests: number;
  /** Per second. */
  rate: number;
}

/** A program and its arguments as they are run on one core, where that can be said. */
export function onCore(core: string, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', core, command, ...args]] : [command, [...args]];
}

/** Keeps a process that runs, all of its threads, to one core. */
export function pin({ child }: Running, core = SERVER_CORE): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', core, String(child.pid)]);
}

export interface Asking {
  connections: number;
  seconds: number;
  headers: Readonly<Record<string, string>>;
  /** Asked for in turn, each connection beginning where another left off. */
  paths: readonly string[];
}

/** Asks a server as often as it answers. @throws Error where any answer is none */
export async function wrk(url: string, { connections, seconds, headers, paths }: Asking): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-wrk-'));
  const script = join(folder, 'paths.lua');
  await writeFile(script, scriptOf(paths));
  try {
    const own = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script, ...own, url];
    const { stdout } = await promisify(execFile)(...onCore(CLIENT_CORE, 'wrk', args));
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url} answered with errors: ${stdout}`);
    const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]);
    return { requests: number(/(\d+) requests in/), rate: number(/Requests\/sec:\s+([\d.]+)/) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Requests are written once, so that asking for many costs the client what asking for one does. */
function scriptOf(paths: readonly string[]): string {
  const list = paths.map((path) => JSON.stringify(path)).join(', ');
  return `local paths, written, at = { ${list} }, {}, 0
function init() for i, path in ipairs(paths) do written[i] = wrk.format('GET', path) end end
function request() at = at % #written + 1; return written[at] end
`;
}

function isInstalled(command: string, question: string): boolean {
  return spawnSync(command, [question]).error === undefined;
}
