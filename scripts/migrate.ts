import { readdirSync } from 'node:fs';
import pg from 'pg';
import { loadConfig } from '../server/config.ts';
import { migrate, migrationStatus } from '../server/db/migrate.ts';
import { openDatabase } from '../server/db/open.ts';
import { createLogger } from '../server/observe/log.ts';
import { projectPath } from '../server/paths.ts';
import { Releasers } from '../server/releasers.ts';

/** `npm run migrate [up | down [count] | status]`: Chorograph's own tables, in schema `chorograph` alone. */
const [command = 'up', argument = '1'] = process.argv.slice(2);
const count = Number(argument);
if (!['up', 'down', 'status'].includes(command) || !Number.isInteger(count) || count < 1) {
  process.stderr.write('usage: npm run migrate [up | down [count] | status]\n');
  process.exit(64);
}

const releasers = new Releasers();
try {
  const config = loadConfig();
  const { connection } = await openDatabase(config, createLogger('warn'), releasers, () => {});
  const client = new pg.Client(connection);
  await client.connect();
  releasers.push('connection', () => client.end());
  if (command === 'status') {
    const names = readdirSync(projectPath('sql', 'migrations')).map((file) => file.replace(/\.sql$/, ''));
    for (const { name, appliedAt } of await migrationStatus(client, names.sort())) {
      console.log(
        `${appliedAt ? `applied ${new Date(appliedAt).toISOString()}` : 'pending'.padEnd(32)}  ${name}`,
      );
    }
  } else {
    const done = await migrate(client, command === 'up' ? { direction: 'up' } : { direction: 'down', count });
    console.log(done.length > 0 ? done.map((name) => `${command}: ${name}`).join('\n') : 'nothing to do');
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.run();
}
