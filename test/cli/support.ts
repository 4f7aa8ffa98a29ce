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
