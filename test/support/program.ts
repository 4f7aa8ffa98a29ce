import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectPath } from '../../server/tools/paths.ts';

const COMPILED = ['node_modules', '.cache', 'chorograph-test'];

/** Where programs are that need no compiling: as they are built, or as the runner compiled them. */
const PLACES: Readonly<Record<string, readonly string[]>> = { built: ['dist'], compiled: COMPILED };

/** Arguments of Node that run a program of the server: compiled, which starts sooner, or from its source. */
export function program(name: 'main' | 'cli'): string[] {
  const place = PLACES[process.env.TEST_PROGRAMS ?? ''];
  return place
    ? [projectPath(...place, 'server', `${name}.js`)]
    : ['--import', 'tsx', projectPath('server', `${name}.ts`)];
}

/** Bundles the server, as the build does, for the tests that start it as a process; its types are checked elsewhere. */
export const compilePrograms = (): Promise<void> => bundleServer(projectPath(...COMPILED, 'server'));

/** What the build makes of the server, in a folder. */
export async function bundleServer(folder: string): Promise<void> {
  const rolldown = projectPath('node_modules', 'rolldown', 'bin', 'cli.mjs');
  await promisify(execFile)(process.execPath, [rolldown, '--config', '--dir', folder], {
    cwd: projectPath(),
  });
}
