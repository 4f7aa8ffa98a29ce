import pg from 'pg';
import { loadConfig } from '../server/config.ts';
import { migrate } from '../server/db/migrate.ts';
import { openDatabase } from '../server/db/open.ts';
import { seedDemo } from '../server/demo/seed.ts';
import { createLogger } from '../server/observe/log.ts';
import { Releasers } from '../server/releasers.ts';

/** `npm run seed [us|santri]`: loads the demo data into the configured database. Running it again changes nothing. */
const only = process.argv[2];
if (only !== undefined && only !== 'us' && only !== 'santri') {
  process.stderr.write('usage: npm run seed [us|santri]\n');
  process.exit(64);
}
const releasers = new Releasers();
try {
  const config = loadConfig();
  const { database, connection } = await openDatabase(config, createLogger('warn'), releasers, (step) =>
    console.log(step),
  );
  await migrateOwnTables(connection);
  const report = await seedDemo(database, {
    ...(only === undefined ? {} : { only }),
    onProgress: (table, done, total) => {
      if (done === total) console.log(`  ${table}: ${total} rows`);
    },
  });
  for (const { part, status, ms } of report.parts) console.log(`${part}: ${status} (${ms} ms)`);
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
