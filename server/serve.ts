import cluster from 'node:cluster';
import { readProgram } from './read-program.ts';

/**
 * Serves until a signal ends it, in one process or in several. The one that supervises others reads no more of the
 * program than that takes: it starts them at once, and stays small; these read nothing of what it needs.
 * @param overrides what the command line says instead of the environment
 */
export async function serve(overrides: Readonly<Record<string, string>> = {}): Promise<void> {
  process.stderr.on('error', () => {}); // whoever read it went away, which is no reason to end
  if (cluster.isPrimary) {
    const { readLaunch } = await import('./launch.ts');
    const launch = readLaunch(overrides);
    if (launch !== undefined && launch.workers > 1) {
      const { supervise } = await import('./supervise.ts');
      return supervise(launch);
    }
  }
  const { serveHere } = await readProgram();
  await serveHere(overrides);
}
