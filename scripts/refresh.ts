import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { loadConfig } from '../server/config.ts';
import { migrate } from '../server/db/migrate.ts';
import { openDatabase } from '../server/db/open.ts';
import type { Database } from '../server/db/types.ts';
import { readMaps } from '../server/maps.ts';
import { servedMaps } from '../server/maps/served.ts';
import { logEvents } from '../server/observe/events.ts';
import { createLogger } from '../server/observe/log.ts';
import { getRun, type RunRecord } from '../server/refresh/record.ts';
import { Refresher } from '../server/refresh/refresher.ts';
import { withSources } from '../server/refresh/sources.ts';
import { readViews } from '../server/refresh/views.ts';
import { Releasers } from '../server/releasers.ts';

/**
 * `npm run refresh [schema.view …]`: refreshes views now, all that maps.yaml names where none is given.
 * It takes the same way as the server: a queued run, the lease, the record; running servers hear of it.
 */
const releasers = new Releasers();
try {
  const config = loadConfig();
  const log = createLogger('error');
  const { database, connection } = await openDatabase(config, log, releasers, (step) => console.log(step));
  const client = new pg.Client(connection);
  await client.connect();
  await migrate(client, { direction: 'up' });
  await client.end();
  const refresher = new Refresher({
    db: database,
    maps: await servedMaps(config, database, readMaps),
    config,
    observe: logEvents(log),
  });
  releasers.push('refreshes', () => refresher.stop());
  const named = process.argv.slice(2).map((name) => (name.includes('.') ? name : `public.${name}`));
  const views = await viewsToRefresh(
    database,
    refresher,
    named.length > 0 ? named : refresher.targets.map(({ view }) => view),
  );
  if (views.length === 0) console.log('maps.yaml names no materialized view of this database');
  const queued: number[] = [];
  for (const view of views) {
    const run = await refresher.request(view, 'manual');
    if (run) queued.push(run.id);
  }
  refresher.start();
  for (const id of queued) {
    const run = await ended(database, id);
    console.log(describe(run));
    if (run.status !== 'succeeded') process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.run();
}

/** @throws Error naming what was asked for and is no materialized view. */
async function viewsToRefresh(
  db: Database,
  refresher: Refresher,
  names: readonly string[],
): Promise<string[]> {
  const found = (await readViews(db, names)).filter((view) => view.materialized);
  const missing = names.filter((name) => !found.some(({ view }) => view === name));
  if (process.argv.length > 2 && missing.length > 0) {
    throw new Error(`there is no materialized view ${missing.join(', ')}`);
  }
  return withSources(db, names, (view) => refresher.target(view) !== undefined);
}

async function ended(db: Database, id: number): Promise<RunRecord> {
  for (;;) {
    const run = await getRun(db, id, true);
    if (run.status !== 'queued' && run.status !== 'running') return run;
    await sleep(100);
  }
}

function describe(run: RunRecord): string {
  const { view, status, mode, rows, rowsChanged, durationMs, warning, error, reason } = run;
  if (status !== 'succeeded') return `${view}: ${status}: ${error?.message ?? reason ?? ''}`;
  const changed = rowsChanged === null ? '' : `, ${rowsChanged} changed`;
  return `${view}: ${rows} rows${changed}, ${mode}, ${durationMs} ms${warning === null ? '' : `\n  ${warning}`}`;
}
