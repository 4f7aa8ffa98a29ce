import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { seedCounties } from '../growth.ts';
import { verdicts } from './bounds.ts';
import { createDatasets, datasetsOf, hasDatasets } from './data.ts';
import { chartOf } from './figures.ts';
import { withWrk } from './load.ts';
import type { SuiteOptions } from './options.ts';
import { markdownOf, print, verdictTable } from './print.ts';
import { Progress } from './progress.ts';
import { runDataset, stepsOf, type Run } from './run.ts';
import { programsWithoutCaches, type Program } from './servers.ts';

/** Every data set × scenario × number of connections × server, over HTTP, all servers in turn on the same tiles. */
export async function runSuite(databaseUrl: string, options: SuiteOptions): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-suite-'));
  try {
    if (!(await hasDatasets(client, options))) {
      console.log(`making data: ${options.points} points, about ${options.villages} villages …`);
      await seedCounties(databaseUrl);
      await createDatasets(client, options);
    }
    const datasets = datasetsOf(options).filter(({ name }) => options.only.includes(name));
    if (options.prepare) {
      console.log(
        `the data is in ${datasets.map(({ table }) => table).join(', ')}: start peers on ${databaseUrl}`,
      );
      return;
    }
    const place = { databaseUrl, folder };
    const programs = programsWithoutCaches(place, options);
    introduce(programs, options);
    const progress = new Progress(datasets.length * stepsOf({ programs, options, place }));
    const run: Run = { place, client, options, programs, progress, results: [], starts: [], tables: [] };
    for (const dataset of datasets) await runDataset(run, dataset);
    await conclude(run, programs[0]?.name ?? '');
  } finally {
    await client.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function introduce(programs: readonly Program[], { seconds, rounds, peers }: SuiteOptions): void {
  for (const { name, settings } of programs) console.log(`${name}: ${settings}`);
  for (const name of new Set(peers.map(({ peer }) => peer.name))) console.log(`${name}: as it was started`);
  const client = withWrk ? 'wrk' : 'this process, which may be the limit: install wrk';
  console.log(
    `client: ${client}; ${rounds} × ${seconds} s for each measurement, no tile is kept but where it says cached`,
  );
}

async function conclude({ options, results, starts, tables }: Run, baseline: string): Promise<void> {
  const found = verdicts(results, baseline);
  const last = verdictTable(found);
  const kept = found.filter((one) => one.kept).length;
  for (const one of [...tables, ...(found.length > 0 ? [last] : [])]) print(one);
  if (found.length > 0) console.log(`\n${kept} of ${found.length} bounds are kept`);
  const all = { options, starts, results, verdicts: found };
  if (options.json) await writeFile(options.json, `${JSON.stringify(all, null, 2)}\n`);
  if (options.svg) await writeFile(options.svg, chartOf(results));
  if (options.markdown) await writeFile(options.markdown, markdownOf([...tables, last]));
}
