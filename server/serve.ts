import cluster from 'node:cluster';
import type { Logger } from 'pino';
import { Primary } from './cluster/primary.ts';
import { countWorkers } from './cluster/settings.ts';
import { shareOf } from './cluster/share.ts';
import { joinCluster, tellProgress, tellReady } from './cluster/worker.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { holdRates } from './limits/rate.ts';
import { readMaps, type Maps } from './maps.ts';
import { MapsFile } from './maps/file.ts';
import { createLogger } from './observe/log.ts';
import { LINGER_MS, startServer } from './server.ts';

interface Settings {
  config: Config;
  maps: MapsFile<Maps>;
  /** Processes that serve. */
  workers: number;
}

/**
 * Serves until a signal ends it, in one process or in several.
 * @param overrides what the command line says instead of the environment
 */
export async function serve(overrides: Readonly<Record<string, string>> = {}): Promise<void> {
  process.stderr.on('error', () => {}); // whoever read it went away, which is no reason to end
  const settings = readSettings(overrides);
  const log = createLogger(settings.config.logLevel);
  if (settings.workers > 1 && cluster.isPrimary) await runPrimary(settings, log);
  else await runServer(settings, cluster.isWorker ? log.child({ worker: cluster.worker?.id }) : log);
}

/** Words for the person at the terminal go to standard error; standard output holds the log alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function readSettings(overrides: Readonly<Record<string, string>>): Settings {
  try {
    const config = loadConfig(overrides);
    const workers = countWorkers(config);
    return { config: shareOf(config, workers), maps: new MapsFile(config.mapsFile, readMaps), workers };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    say(error.message);
    process.exit(78); // EX_CONFIG: a supervisor should not try again
  }
}

async function runPrimary({ config, workers }: Settings, log: Logger): Promise<void> {
  holdRates();
  const primary = new Primary({
    workers,
    shutdownMs: config.shutdownMs,
    lingerMs: LINGER_MS,
    log,
    onProgress: (step) => say(`  ${step}`),
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

async function runServer({ config, maps }: Settings, log: Logger): Promise<void> {
  // What the primary says once need not be said by each.
  const tell = cluster.isWorker ? () => {} : say;
  try {
    const server = await startServer({
      config,
      maps,
      log,
      progress: cluster.isWorker ? tellProgress : (step) => say(`  ${step}`),
      isTerminal: process.stderr.isTTY,
    });
    tell(`Chorograph is starting at ${server.url}`);
    onSignals((signal) => {
      log.info({ signal }, 'stopping');
      void server.stop().then(() => process.exit(0));
    });
    process.on('SIGHUP', () => {
      server.rediscover().catch((error: unknown) => log.warn({ err: error }, 'the catalogue was not read'));
    });
    if (cluster.isWorker) {
      joinCluster(server.ctx.metrics, () => {
        log.info('another process takes over');
        void server.stop({ lingerMs: LINGER_MS }).then(() => process.exit(0));
      });
    }
    await server.ready;
    if (server.ctx.startup.state !== 'ready') return;
    tell(`Chorograph is ready: ${server.url}`);
    if (cluster.isWorker) tellReady(server.url);
  } catch (error) {
    log.fatal({ err: error }, 'cannot start');
    say(`Chorograph cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

function onSignals(stop: (signal: NodeJS.Signals) => void): void {
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
