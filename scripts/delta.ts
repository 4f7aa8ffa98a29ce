import { loadConfig } from '../server/config.ts';
import { openDatabase } from '../server/db/open.ts';
import { sqlState } from '../server/db/sqlstate.ts';
import type { Database } from '../server/db/types.ts';
import { AppError } from '../server/errors.ts';
import { loadMaps } from '../server/maps.ts';
import { createLogger } from '../server/observe/log.ts';
import { recompute, type RecomputeReport } from '../server/refresh/delta/fold.ts';
import { status } from '../server/refresh/delta/inspect.ts';
import { install, planInstall, remove } from '../server/refresh/delta/install.ts';
import { removeSql, script } from '../server/refresh/delta/install-sql.ts';
import { deltaPlans, type DeltaPlan } from '../server/refresh/delta/plan.ts';
import { recomputeQuery } from '../server/refresh/delta/sql.ts';
import { Releasers } from '../server/releasers.ts';

/** `npm run delta -- install|remove|status|recompute <choropleth> [--yes]`: cubes kept by deltas. */
const COMMANDS = { install: runInstall, remove: runRemove, status: runStatus, recompute: runRecompute };
const NOTHING_DONE = '\nNothing was done. To run these statements, add --yes.';

const words = process.argv.slice(2).filter((word) => word !== '--yes');
const yes = process.argv.includes('--yes');
const command = COMMANDS[words[0] as keyof typeof COMMANDS];
if (!Object.hasOwn(COMMANDS, words[0] ?? '') || words.length !== 2) {
  process.stderr.write('usage: npm run delta -- install|remove|status|recompute <choropleth> [--yes]\n');
  process.exit(64);
}

const releasers = new Releasers();
try {
  const config = loadConfig();
  const plan = planOf(words[1] ?? '', config.mapsFile);
  const { database } = await openDatabase(config, createLogger('warn'), releasers, () => {});
  await command(database, plan);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.run();
}

async function runInstall(db: Database, plan: DeltaPlan): Promise<void> {
  const statements = await planInstall(db, plan);
  if (statements.length === 0) return console.log(`${plan.id} is installed as maps.yaml says.`);
  console.log(script(statements));
  console.log(
    `-- Then the first count, which is a \`delta recompute\`; folding begins after it.\n${recomputeQuery(plan).text};`,
  );
  if (!yes) return console.log(NOTHING_DONE);
  const report = await install(db, plan, statements);
  console.log(`\n${plan.id} is installed.`);
  if (report) print(plan, report);
}

async function runRemove(db: Database, plan: DeltaPlan): Promise<void> {
  console.log(script(removeSql(plan)));
  if (!yes) return console.log(NOTHING_DONE);
  await remove(db, plan);
  console.log(`\nRemoved. ${plan.id} stays as it is now; drop it when nothing shows it any more.`);
}

async function runStatus(db: Database, plan: DeltaPlan): Promise<void> {
  console.log(JSON.stringify({ cube: plan.id, ...(await status(db, plan)) }, null, 2));
}

async function runRecompute(db: Database, plan: DeltaPlan): Promise<void> {
  const report = await recompute(db, plan);
  if (!report) return;
  print(plan, report);
  if (report.drifted > 0 && report.expected === undefined) process.exitCode = 2;
}

function print(plan: DeltaPlan, report: RecomputeReport): void {
  const { compared, drifted, sample, uncounted, expected, ms } = report;
  console.log(`${plan.id}: ${compared} rows compared with the base table in ${Math.round(ms)} ms.`);
  if (uncounted > 0) console.log(`${uncounted} base rows have a NULL key and are counted nowhere.`);
  if (expected !== undefined) console.log(`Made anew because of: ${expected}.`);
  else if (drifted === 0) console.log('No drift.');
  else {
    console.log(`${drifted} rows had drifted and are repaired. The first:`);
    for (const difference of sample) console.log(`  ${JSON.stringify(difference)}`);
  }
}

function planOf(choropleth: string, mapsFile: string): DeltaPlan {
  const plans = deltaPlans(loadMaps(mapsFile));
  const plan = plans.find(({ choropleths }) => choropleths.includes(choropleth));
  if (plan) return plan;
  const known = plans.flatMap(({ choropleths }) => choropleths).join(', ') || 'none';
  throw new Error(
    `${choropleth} is no choropleth with refresh: { delta: … } in ${mapsFile}; those are: ${known}`,
  );
}

function explain(error: unknown): string {
  const cause = error instanceof AppError ? (error.cause ?? error) : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const state = sqlState(cause);
  if (state === '42P01' && /chorograph\./.test(message)) return `${message}: run npm run migrate first`;
  if (state === '55P03') return `${message}: somebody holds the table; nothing was changed, try again`;
  return message;
}
