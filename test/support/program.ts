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

/** Compiles the server for the tests that start it as a process; its types are checked elsewhere. */
export async function compilePrograms(): Promise<void> {
  const tsc = projectPath('node_modules', 'typescript', 'bin', 'tsc');
  const outDir = projectPath(...COMPILED);
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', outDir];
  await promisify(execFile)(process.execPath, [tsc, ...options], { cwd: projectPath() });
}
