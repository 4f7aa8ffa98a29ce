import { ConfigError, loadConfig, type Config } from './config.ts';
import { loadMaps, type Maps } from './maps.ts';
import { createLogger } from './observe/log.ts';
import { startServer } from './server.ts';

/** Words for the person at the terminal go to standard error; standard output holds the log alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function readSettings(): { config: Config; maps: Maps } {
  try {
    const config = loadConfig();
    return { config, maps: loadMaps(config.mapsFile) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    say(error.message);
    process.exit(78); // EX_CONFIG: a supervisor should not try again
  }
}

const { config, maps } = readSettings();
const log = createLogger(config.logLevel);
try {
  const server = await startServer({ config, maps, log, progress: (step) => say(`  ${step}`) });
  say(`Chorograph is starting at ${server.url}`);
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    void server.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await server.ready;
  if (server.ctx.startup.state === 'ready') say(`Chorograph is ready: ${server.url}`);
} catch (error) {
  log.fatal({ err: error }, 'cannot start');
  say(`Chorograph cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
