import { parseArgs } from 'node:util';
import pg from 'pg';
import { generatePeople } from '../server/compat/santri/generate/index.ts';
import type { GenerateOptions } from '../server/compat/santri/generate/load.ts';
import { loadConfig } from '../server/config.ts';
import { migrate } from '../server/db/migrate.ts';
import { openDatabase } from '../server/db/open.ts';
import type { Database } from '../server/db/types.ts';
import { seedDemo } from '../server/demo/seed.ts';
import { createLogger } from '../server/observe/log.ts';
import { Releasers } from '../server/releasers.ts';

const USAGE = `usage: npm run seed -- [us|santri]
       npm run seed -- --santri 1000000 --pesantren 30000 [--seed 42]
`;

/**
 * `npm run seed`: loads the demo data into the configured database; running it again changes nothing. With numbers:
 * fills the tables of the santri pack with that many made-up students and schools instead.
 */
const { only, people } = readArguments();
const releasers = new Releasers();
try {
  const config = loadConfig();
  const { database, connection } = await openDatabase(config, createLogger('warn'), releasers, (step) =>
    console.log(step),
  );
  await migrateOwnTables(connection);
  if (people) {
    await generatePeople({ database, connection }, { ...people, onProgress: showProgress });
    console.log('The people are there; refresh the cubes: npm run refresh');
  } else await loadDemo(database);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.run();
}

/** So that the generations of the demo's views can be recorded; a role that may not do this seeds without. */
async function migrateOwnTables(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await migrate(client, { direction: 'up' })
    .catch((error: Error) => console.log(`without schema chorograph: ${error.message}`))
    .finally(() => client.end());
}

async function loadDemo(database: Database): Promise<void> {
  const report = await seedDemo(database, {
    ...(only === undefined ? {} : { only }),
    onProgress: (table, done, total) => {
      if (done === total) console.log(`  ${table}: ${total} rows`);
    },
  });
  for (const { part, status, ms } of report.parts) console.log(`${part}: ${status} (${ms} ms)`);
}

/** Redrawn on a terminal, a line each tenth without one. */
function showProgress(table: string, done: number, total: number): void {
  const text = `  ${table}: ${done} of ${total} rows`;
  if (process.stdout.isTTY) process.stdout.write(`\r${text}${done === total ? '\n' : ''}`);
  else if (done === total || Math.floor((10 * done) / total) > Math.floor((10 * (done - 20_000)) / total))
    console.log(text);
}

function readArguments(): { only?: 'us' | 'santri'; people?: Omit<GenerateOptions, 'onProgress'> } {
  const whole = (text: string): number => (/^\d{1,8}$/.test(text) ? Number(text) : NaN);
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        santri: { type: 'string' },
        pesantren: { type: 'string', default: '0' },
        seed: { type: 'string', default: '42' },
      },
    });
    if (values.santri !== undefined && positionals.length === 0) {
      const people = {
        santri: whole(values.santri),
        pesantren: whole(values.pesantren),
        seed: whole(values.seed),
      };
      if (Object.values(people).every(Number.isFinite)) return { people };
    } else {
      const [only] = positionals;
      if (positionals.length <= 1 && (only === undefined || only === 'us' || only === 'santri'))
        return only === undefined ? {} : { only };
    }
  } catch {
    // The usage says what is right.
  }
  process.stderr.write(USAGE);
  process.exit(64);
}
