import cluster from 'node:cluster';
import type { Logger } from 'pino';
import { countWorkers, LINGER_MS } from './cluster/settings.ts';
import { shareOf } from './cluster/share.ts';
import { joinCluster, tellProgress, tellReady, tellRefused, whenToListen } from './cluster/worker.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { readMaps, type Maps } from './maps.ts';
import { MapsFile } from './maps/file.ts';
import { createLogger } from './observe/log.ts';
import { startServer } from './server.ts';
import { onSignals, say } from './tools/program.ts';
import { keepYoungYoung } from './tools/young.ts';

interface Settings {
  config: Config;
  maps: MapsFile<Maps>;
}

/** Serves in this process, alone or as one of several. */
export async function serveHere(overrides: Readonly<Record<string, string>>): Promise<void> {
  const settings = await readSettings(overrides);
  const log = createLogger(settings.config.logLevel);
  await runServer(settings, cluster.isWorker ? log.child({ worker: cluster.worker?.id }) : log);
}

async function readSettings(overrides: Readonly<Record<string, string>>): Promise<Settings> {
  try {
    const config = loadConfig(overrides);
    const maps = new MapsFile(config.mapsFile, readMaps);
    return { config: shareOf(config, countWorkers(config)), maps };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (cluster.isWorker) await tellRefused(error.message);
    else say(error.message);
    process.exit(78); // EX_CONFIG: a supervisor should not try again
  }
}

async function runServer({ config, maps }: Settings, log: Logger): Promise<void> {
  keepYoungYoung();
  // What the primary says once need not be said by each.
  const tell = cluster.isWorker ? () => {} : say;
  try {
    const server = await startServer({
      config,
      maps,
      log,
      progress: cluster.isWorker ? tellProgress : (step) => say(`  ${step}`),
      isTerminal: process.stderr.isTTY,
      ...(cluster.isWorker && { whenToListen }),
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
