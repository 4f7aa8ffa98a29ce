import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectPath } from '../../server/tools/paths.ts';
import { program } from '../support/program.ts';

export interface Outcome {
  code: number | null;
  out: string;
  error: string;
}

/** Runs the command line from source, in an environment of its own. */
export function chorograph(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const source = program('cli');
  return outcomeOf(process.execPath, [...source, ...args], { cwd: projectPath(), environment });
}

/**
 * Runs the command line on a terminal and answers its first question (`[y/N]`) with a line. @returns all that stood on the
 * terminal
 */
export async function onTerminal(
  args: readonly string[],
  environment: Record<string, string>,
  answer: string,
): Promise<string> {
  const { PATH, HOME } = process.env;
  const command = [process.execPath, ...program('cli'), ...args].join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: projectPath(),
    env: { PATH, HOME, TERM: 'xterm', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let asked = false;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (!asked && shown.includes('[y/N]')) {
      asked = true;
      child.stdin.write(`${answer}\n`);
    }
  });
  await once(child, 'close');
  return shown;
}

export async function outcomeOf(
  command: string,
  args: readonly string[],
  { cwd, environment = {} }: { cwd: string; environment?: Record<string, string> },
): Promise<Outcome> {
  const { PATH, HOME } = process.env;
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outcome: Outcome = { code: null, out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => (outcome.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (outcome.error += chunk.toString()));
  [outcome.code] = (await once(child, 'close')) as [number | null];
  return outcome;
}
