import { createDatabase, postgresBinaries, startCluster } from '../../test/support/cluster.ts';
import { benchCached } from './cached.ts';
import { benchChoropleths } from './choropleths.ts';
import { benchEngines } from './engines.ts';
import { benchGrowth } from './growth.ts';
import { benchStarts } from './starts.ts';
import { runSuite } from './suite/main.ts';
import { readOptions } from './suite/options.ts';

/**
 * `npm run bench`: every speed that we speak of, as a ratio to something known, in one run.
 * `npm run bench -- suite [options]`: generated data, scenarios over HTTP, other tile servers beside ours.
 * `npm run bench -- growth [--full]`: time and memory as tables grow.
 * `npm run bench -- choropleths`: classification, and the forms of a choropleth beside plain SQL.
 * All need PostgreSQL with PostGIS (the embedded database's starts apart) and start one of their own,
 * unless `BENCH_DATABASE_URL` names an empty database that peers can reach, too.
 */
const [command, ...args] = process.argv.slice(2);
const suite = command === 'suite' ? readOptions(args) : undefined;

if (command === undefined) await benchStarts();
if (process.env.BENCH_DATABASE_URL) {
  await compare(process.env.BENCH_DATABASE_URL);
} else if (postgresBinaries() === undefined) {
  console.log('\nNo PostgreSQL with PostGIS is installed: nothing to compare tiles with.');
} else {
  const cluster = await startCluster();
  try {
    await compare(await createDatabase(cluster.url('postgres'), 'bench'));
  } finally {
    await cluster.remove();
  }
}

async function compare(databaseUrl: string): Promise<void> {
  if (suite) {
    await runSuite(databaseUrl, suite);
    return;
  }
  if (command === 'growth') {
    await benchGrowth(databaseUrl, args.includes('--full'));
    return;
  }
  if (command === 'choropleths') {
    await benchChoropleths(databaseUrl);
    return;
  }
  await benchEngines(databaseUrl);
  await benchCached(databaseUrl);
  await benchChoropleths(databaseUrl);
}
