import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countWorkers } from '../../cluster/settings.ts';
import { connectionsOf } from '../../cluster/share.ts';
import type { Command, CommandTools } from '../../command.ts';
import type { Config } from '../../config.ts';
import type { Maps } from '../../maps.ts';
import { ConfigError } from '../../settings.ts';
import { packageVersion } from '../../tools/paths.ts';
import { EXIT } from '../exit.ts';
import { lookAtContent } from './content.ts';
import { lookAtDatabase, unreachable } from '../../db/looks/database.ts';
import { asText, failed, ok, overall, type Finding } from '../../tools/finding.ts';
import { lookAtDisk, nodeFinding } from '../../tools/machine.ts';
import { lookAtRedis } from './redis.ts';

type Tools = CommandTools<Config, Maps>;

/**
 * `chorograph doctor`: looks at everything that serving needs and says what to do about what is not right. It changes
 * nothing, and asks each thing as the server does.
 */
export const doctorCommand: Command<Config, Maps> = {
  name: 'doctor',
  summary: 'looks at settings, database, rights, indexes, clock, Redis and disk, and says what to do',
  declare: (parser, tools) => {
    parser.option('--json', 'what was found as JSON').action(async ({ json }: { json?: true }) => {
      const findings: Finding[] = [];
      const tell = (...found: readonly Finding[]): void => {
        findings.push(...found);
        if (!json) for (const one of found) tools.print(asText(one));
      };
      await examine(tools, tell);
      const status = overall(findings);
      if (json) tools.print(JSON.stringify({ status, findings }, null, 2));
      if (status === 'failed') process.exitCode = isConfigured(findings) ? EXIT.wrong : EXIT.config;
    });
  },
};

const isConfigured = (findings: readonly Finding[]): boolean =>
  !findings.some(({ check, status }) => check === 'settings' && status === 'failed');

async function examine(tools: Tools, tell: (...findings: readonly Finding[]) => void): Promise<void> {
  tell(nodeFinding(process.version, packageVersion()));
  const config = attempt(() => tools.config());
  if (config instanceof ConfigError)
    return tell(
      ...config.problems.map((problem) =>
        failed('settings', problem, 'correct it: .env.example has them all'),
      ),
    );
  const maps = attempt(() => tools.maps());
  tell(ok('settings', 'every variable has a value that it may have'));
  if (maps instanceof ConfigError)
    tell(...maps.problems.map((problem) => failed('maps.yaml', problem, 'correct the line')));
  tell(await lookAtRedis(config.redisUrl));
  if (config.databaseUrl === undefined) {
    tell(await lookAtDisk(config.dataDir));
    if (!existsSync(join(config.dataDir, 'db')))
      return tell(ok('database', `an embedded one is made in ${config.dataDir} at the first start`));
  }
  await examineDatabase(tools, config, tell);
}

async function examineDatabase(
  tools: Tools,
  config: Config,
  tell: (...findings: readonly Finding[]) => void,
): Promise<void> {
  try {
    const { database: db } = await tools.database();
    await db.ping();
    const workers = countWorkers(config);
    const found = await lookAtDatabase(db, { workers, poolSize: connectionsOf(config.pool.size, workers) });
    tell(...found);
    if (overall(found) === 'failed') return;
    const served = await tools.servedMaps(db).catch((error: unknown) => {
      if (error instanceof ConfigError) return undefined; // told already
      throw error;
    });
    if (served) tell(...(await lookAtContent(db, config, served)));
  } catch (error) {
    tell(unreachable(error));
  }
}

/** What wrong words are thrown with, as a value. */
function attempt<T>(work: () => T): T | ConfigError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
