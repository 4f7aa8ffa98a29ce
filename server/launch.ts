import { clusterSettings, countWorkers } from './cluster/settings.ts';
import { databaseSettings } from './db/settings.ts';
import { environmentWith } from './environment.ts';
import { httpSettings } from './http/settings.ts';
import { programSettings } from './program-settings.ts';

/** What is to be known before the program is read. */
export interface Launch {
  /** Processes that serve. */
  readonly workers: number;
  readonly shutdownMs: number;
  readonly logLevel: string;
}

/** Undefined where a setting is wrong: whoever reads all of them says which, and what with it. */
export function readLaunch(overrides: Readonly<Record<string, string>>): Launch | undefined {
  const environment = environmentWith(overrides);
  try {
    if (clusterSettings.check(environment).length > 0) return undefined;
    return {
      workers: countWorkers({
        ...clusterSettings.parse(environment),
        databaseUrl: databaseSettings.parse(environment).databaseUrl,
      }),
      shutdownMs: httpSettings.parse(environment).shutdownMs,
      logLevel: programSettings.parse(environment).logLevel,
    };
  } catch {
    return undefined;
  }
}
