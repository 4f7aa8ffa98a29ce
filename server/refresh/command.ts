import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../command.ts';
import { recordIfKept } from '../audit/public.ts';
import type { Database } from '../db/types.ts';
import { getRun, type RunRecord } from './runs/record.ts';
import { Refresher } from './runs/refresher.ts';
import type { RefreshConfig } from './settings.ts';
import { withSources } from './views/sources.ts';
import type { RefreshMaps } from './spec.ts';
import { readViews } from './views/views.ts';

type Config = RefreshConfig & { readonly changePollMs: number; readonly shutdownMs: number };

/**
 * `chorograph refresh [schema.view …]`: takes the same way as the server does: a queued run, the lease, the record;
 * running servers hear of it.
 */
export const refreshCommand: Command<Config, RefreshMaps> = {
  name: 'refresh',
  summary: 'refreshes materialized views now: those that are named, else all that maps.yaml names',
  declare: (parser, tools) => {
    parser
      .argument('[view...]', 'schema.view, or view in schema public')
      .option('--json', 'the runs as JSON')
      .action(async (views: string[], { json }: { json?: true }) => {
        const { database: db } = await tools.database({ migrated: true });
        const refresher = new Refresher({
          db,
          maps: await tools.servedMaps(db),
          config: tools.config(),
          observe: () => {}, // the record says what became of each
        });
        tools.releasers.push('refreshes', () => refresher.stop());
        const runs: RunRecord[] = [];
        for (const id of await queue(db, refresher, views)) {
          const run = await ended(db, id, (view) => tools.progress(`refreshing ${view}`));
          if (!json) tools.print(describe(run));
          if (run.status !== 'succeeded') process.exitCode = 1;
          runs.push(run);
        }
        if (json) tools.print(JSON.stringify(runs));
        else if (runs.length === 0) tools.print('maps.yaml names no materialized view of this database');
      });
  },
};

/** @throws Error naming what was asked for and is no materialized view. */
async function queue(db: Database, refresher: Refresher, asked: readonly string[]): Promise<number[]> {
  const named = asked.map((name) => (name.includes('.') ? name : `public.${name}`));
  const names = named.length > 0 ? named : refresher.targets.map(({ view }) => view);
  const found = (await readViews(db, names)).filter((view) => view.materialized);
  const missing = named.filter((name) => !found.some(({ view }) => view === name));
  if (missing.length > 0) throw new Error(`there is no materialized view ${missing.join(', ')}`);
  const queued: number[] = [];
  for (const view of await withSources(db, names, (source) => refresher.target(source) !== undefined)) {
    const run = await refresher.requestByHand(view, {
      trigger: 'manual',
      who: { actor: 'command' },
      record: recordIfKept,
    });
    if (run) queued.push(run.id);
  }
  refresher.start();
  return queued;
}

async function ended(db: Database, id: number, tell: (view: string) => void): Promise<RunRecord> {
  for (;;) {
    const run = await getRun(db, id, true);
    if (run.status !== 'queued' && run.status !== 'running') return run;
    tell(run.view);
    await sleep(100);
  }
}

function describe(run: RunRecord): string {
  const { view, status, mode, rows, rowsChanged, durationMs, warning, error, reason } = run;
  if (status !== 'succeeded') return `${view}: ${status}: ${error?.message ?? reason ?? ''}`;
  const changed = rowsChanged === null ? '' : `, ${rowsChanged} changed`;
  return `${view}: ${rows} rows${changed}, ${mode}, ${durationMs} ms${warning === null ? '' : `\n  ${warning}`}`;
}
