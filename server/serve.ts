import cluster from 'node:cluster';
import { Primary } from './cluster/primary.ts';
import { LINGER_MS } from './cluster/settings.ts';
import { forkEnvironment, forkOptions } from './environment.ts';
import { readLaunch, type Launch } from './launch.ts';
import { holdRates } from './limits/rate.ts';
import { createLogger } from './observe/log.ts';
import { onSignals, say } from './tools/program.ts';

/**
 * Serves until a signal ends it, in one process or in several. The one that supervises others reads no more of the
 * program than that takes: it starts them at once, and stays small.
 * @param overrides what the command line says instead of the environment
 */
export async function serve(overrides: Readonly<Record<string, string>> = {}): Promise<void> {
  process.stderr.on('error', () => {}); // whoever read it went away, which is no reason to end
  const launch = cluster.isPrimary ? readLaunch(overrides) : undefined;
  if (launch !== undefined && launch.workers > 1) return runPrimary(launch);
  const { serveHere } = await import('./serve-here.ts');
  await serveHere(overrides);
}

async function runPrimary({ workers, shutdownMs, logLevel }: Launch): Promise<void> {
  const log = createLogger(logLevel);
  holdRates();
  const primary = new Primary({
    workers,
    environment: forkEnvironment(),
    nodeOptions: forkOptions(),
    shutdownMs,
    lingerMs: LINGER_MS,
    log,
    onProgress: (step) => say(`  ${step}`),
    onRefused: say,
    onReady: (url) => say(`Chorograph is ready: ${url} (${workers} processes)`),
  });
  onSignals((signal) => {
    log.info({ signal }, 'stopping');
    void primary.stop();
  });
  process.on('SIGHUP', () => primary.reload());
  say(`Chorograph is starting ${workers} processes`);
  process.exit(await primary.run());
}
