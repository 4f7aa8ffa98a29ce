import { postgresBinaries, startCluster } from '../../test/support/cluster.ts';
import { createDatabase } from '../../test/support/cluster.ts';
import { benchCached } from './cached.ts';
import { benchEngines } from './engines.ts';
import { benchStarts } from './starts.ts';

/**
 * `npm run bench`: every speed that we speak of, as a ratio to something known, in one run.
 * Needs PostgreSQL with PostGIS for all but the first part; a server of its own is started for it.
 */
await benchStarts();
if (postgresBinaries() === undefined) {
  console.log('\nNo PostgreSQL with PostGIS is installed: nothing to compare tiles with.');
} else {
  const cluster = await startCluster();
  try {
    const url = await createDatabase(cluster.url('postgres'), 'bench');
    await benchEngines(url);
    await benchCached(url);
  } finally {
    await cluster.remove();
  }
}
