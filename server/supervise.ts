import { Primary } from './cluster/primary.ts';
import { LINGER_MS } from './cluster/settings.ts';
import { forkEnvironment, forkOptions } from './environment.ts';
import type { Launch } from './launch.ts';
import { holdRates } from './limits/rate.ts';
import { createLogger } from './observe/log.ts';
import { onSignals, say } from './tools/program.ts';

/** Supervises the processes that serve until they have ended, and ends with them. */
export async function supervise({ workers, shutdownMs, logLevel }: Launch): Promise<never> {
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
