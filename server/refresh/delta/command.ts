import type { Command as Parser } from 'commander';
import type { Command, CommandTools } from '../../command.ts';
import type { Database } from '../../db/types.ts';
import type { RefreshMaps } from '../spec.ts';
import { recompute, type RecomputeReport } from './fold.ts';
import { status } from './inspect.ts';
import { removeSql, script } from './install-sql.ts';
import { install, planInstall, remove } from './install.ts';
import { deltaPlans, type DeltaPlan } from './plan.ts';
import { recomputeQuery } from './sql.ts';

type Tools = CommandTools<{ readonly mapsFile: string }, Pick<RefreshMaps, 'choropleths'>>;

const NOTHING_DONE = '\nNothing was done. To run these statements, add --yes.';

/** `chorograph delta install|remove|status|recompute <choropleth>`: cubes kept by deltas. */
export const deltaCommand: Command<{ readonly mapsFile: string }, Pick<RefreshMaps, 'choropleths'>> = {
  name: 'delta',
  summary: 'keeps a cube fresh by triggers and a queue instead of refreshes',
  declare: (parser, tools) => {
    const word = (name: string, description: string): Parser =>
      parser
        .command(name)
        .description(description)
        .argument('<choropleth>', 'its id in maps.yaml, which says refresh: { delta: … }');
    word('install', 'shows the statements that install triggers, queue and cube')
      .option('--yes', 'and runs them')
      .action((id: string, { yes = false }: { yes?: boolean }) => runInstall(tools, id, yes));
    word('remove', 'shows the statements that remove them; the cube stays')
      .option('--yes', 'and runs them')
      .action((id: string, { yes = false }: { yes?: boolean }) => runRemove(tools, id, yes));
    word('status', 'how the cube stands, as JSON').action(async (id: string) => {
      const [db, plan] = await open(tools, id);
      tools.print(JSON.stringify({ cube: plan.id, ...(await status(db, plan)) }, null, 2));
    });
    word(
      'recompute',
      'compares the cube with its base table and repairs it; ends with 2 where it had drifted',
    )
      .option('--json', 'the report as JSON')
      .action((id: string, { json = false }: { json?: boolean }) => runRecompute(tools, id, json));
  },
};

async function runInstall(tools: Tools, id: string, yes: boolean): Promise<void> {
  const [db, plan] = await open(tools, id);
  const statements = await planInstall(db, plan);
  if (statements.length === 0) return tools.print(`${plan.id} is installed as maps.yaml says.`);
  tools.print(script(statements));
  tools.print(
    `-- Then the first count, which is a \`delta recompute\`; folding begins after it.\n${recomputeQuery(plan).text};`,
  );
  if (!yes) return tools.print(NOTHING_DONE);
  const report = await install(db, plan, statements);
  tools.print(`\n${plan.id} is installed.`);
  if (report) print(tools, plan, report);
}

async function runRemove(tools: Tools, id: string, yes: boolean): Promise<void> {
  const [db, plan] = await open(tools, id);
  tools.print(script(removeSql(plan)));
  if (!yes) return tools.print(NOTHING_DONE);
  await remove(db, plan);
  tools.print(`\nRemoved. ${plan.id} stays as it is now; drop it when nothing shows it any more.`);
}

async function runRecompute(tools: Tools, id: string, json: boolean): Promise<void> {
  const [db, plan] = await open(tools, id);
  const report = await recompute(db, plan);
  if (!report) return;
  if (json) tools.print(JSON.stringify({ cube: plan.id, ...report }));
  else print(tools, plan, report);
  if (report.drifted > 0 && report.expected === undefined) process.exitCode = 2;
}

function print(tools: Tools, plan: DeltaPlan, report: RecomputeReport): void {
  const { compared, drifted, sample, uncounted, expected, ms } = report;
  tools.print(`${plan.id}: ${compared} rows compared with the base table in ${Math.round(ms)} ms.`);
  if (uncounted > 0) tools.print(`${uncounted} base rows have a NULL key and are counted nowhere.`);
  if (expected !== undefined) tools.print(`Made anew because of: ${expected}.`);
  else if (drifted === 0) tools.print('No drift.');
  else {
    tools.print(`${drifted} rows had drifted and are repaired. The first:`);
    for (const difference of sample) tools.print(`  ${JSON.stringify(difference)}`);
  }
}

/** The database and the plan of a choropleth; `maps.yaml` is looked at before anything is opened. */
async function open(tools: Tools, choropleth: string): Promise<[Database, DeltaPlan]> {
  const plans = deltaPlans(tools.maps());
  const plan = plans.find(({ choropleths }) => choropleths.includes(choropleth));
  if (plan) return [(await tools.database()).database, plan];
  const known = plans.flatMap(({ choropleths }) => choropleths).join(', ') || 'none';
  throw new Error(
    `${choropleth} is no choropleth with refresh: { delta: … } in ${tools.config().mapsFile}; those are: ${known}`,
  );
}
