import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPath } from '../server/tools/paths.ts';
import { templateDir } from './db/template.ts';
import { postgresBinaries, startCluster, type Cluster } from './support/cluster.ts';
import { testFiles, usesDemo } from './support/files.ts';
import type { Outcome } from './support/reporter.ts';
import { compilePrograms } from './support/program.ts';
import { buildExplorer } from './web/browser.ts';

/**
 * `npm test [mocha arguments]`: the whole suite on the embedded database, and again on PostgreSQL where
 * `TEST_DATABASE_URL` names one or one is installed; tests that ask for no database run once. All run at the same
 * time, each mostly waiting for a database of its own; what the others say is shown when the first is done. What
 * failed is shown again at the end, and the last line counts every test as often as it ran.
 * Who has just built the project says `TEST_BUILD=done`: then that build is tested, and none is made.
 */
const args = process.argv.slice(2);
const named = args.some((arg) => arg.includes('.test.ts'));
const files = testFiles();
/** Files of runs at the same time, as much of a test is waiting; tests make roles, so a server of yours has one run. */
const parts = named
  ? [[]]
  : process.env.TEST_DATABASE_URL
    ? [files.onDatabases]
    : sharesByDemo(files.onDatabases);
/** On PostgreSQL more is run (`once`), and those of a browser are a part of their own: they are the longest. */
const onPostgres =
  named || parts.length === 1
    ? parts
    : [
        ...shares(files.onDatabases.filter(isOfServer), 3),
        files.onDatabases.filter((file) => !isOfServer(file)),
      ];
const isBuilt = process.env.TEST_BUILD === 'done';
const folder = await mkdtemp(join(tmpdir(), 'chorograph-run-'));
const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], retried: [], processorSeconds: 0 };
/** How long each run took: all of them take as long as the longest. */
const took: string[] = [];
const ran = new Set<string>();
let runs = 0;
let withoutDatabases = 0;
const clusters: Cluster[] = [];
try {
  // What the runs share.
  const [urls] = await Promise.all([
    postgresUrls(),
    templateDir(),
    ...(isBuilt ? [] : [buildExplorer(), compilePrograms()]),
  ]);
  const once: Record<string, string> = urls.length > 0 ? { TEST_ONCE: 'elsewhere' } : {};
  const [first, ...others] = parts.map((files, part) =>
    suite('the embedded database', once, files, part === 0 ? 'inherit' : 'later'),
  );
  const postgres = urls.map((url, part) =>
    suite('PostgreSQL with PostGIS', { TEST_DATABASE_URL: url }, onPostgres[part] ?? [], 'later'),
  );
  const pure = named ? [] : [suite('no database', { TEST_DATABASE: 'none' }, files.without, 'later')];
  if (urls.length > 0) console.log('(PostgreSQL with PostGIS runs at the same time; what it says follows)');
  await first;
  for (const part of [...others, ...postgres, ...pure]) console.log(await part);
  if (urls.length === 0)
    console.log('\nNot run: PostgreSQL with PostGIS (none is installed, and TEST_DATABASE_URL is not set)');
} finally {
  await Promise.all(clusters.map((cluster) => cluster.remove()));
  await rm(folder, { recursive: true, force: true });
}
// A busy machine may fail a test once; which one, and how, is told, as there may be a fault behind it.
for (const each of total.retried) console.log(`\nPASSED OR FAILED AT A SECOND ATTEMPT on ${each}`);
for (const failure of total.failures) console.log(`\nFAILED on ${failure}`);
console.log(`\n${took.join('\n')}`);
const alone = named ? '' : `; ${withoutDatabases} tests that ask for none ran once`;
console.log(`\nRan on ${[...ran].sort().reverse().join(' and ')}${alone}.`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** The one that is named, or one that is started for each part. */
async function postgresUrls(): Promise<string[]> {
  if (process.env.TEST_DATABASE_URL) return [process.env.TEST_DATABASE_URL];
  if (postgresBinaries() === undefined) return [];
  const starting = onPostgres.map(() => startCluster().then((cluster) => void clusters.push(cluster)));
  await Promise.all(starting);
  return clusters.map((cluster) => cluster.url('postgres'));
}

function isOfServer(file: string): boolean {
  return !/^test\/(web|integrations)\//.test(file);
}

function shares(files: readonly string[], count: number): string[][] {
  return Array.from({ length: count }, (_, share) => files.filter((_, i) => i % count === share));
}

/** Two shares of about the same length, one with all files over the demo data: loading it takes 20 s of processor time. */
function sharesByDemo(files: readonly string[]): string[][] {
  const others = files.filter((file) => !usesDemo(file));
  const [first = [], second = [], third = [], ...more] = shares(others, 5);
  return [[...files.filter(usesDemo), ...first, ...second].sort(), [...third, ...more.flat()].sort()];
}

/** Runs mocha, showing what it says or returning it. */
async function suite(
  name: string,
  environment: Record<string, string>,
  files: readonly string[],
  output: 'inherit' | 'later',
): Promise<string> {
  const outcome = join(folder, `${runs++}.json`);
  const began = performance.now();
  let text = `\n=== ${name} ===\n`;
  if (output === 'inherit') console.log(text);
  const code = await new Promise<number | null>((resolve, reject) => {
    const mocha = spawn(
      process.execPath,
      [projectPath('node_modules', 'mocha', 'bin', 'mocha.js'), ...args, ...files],
      {
        cwd: projectPath(),
        stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
        env: {
          ...withoutDatabase(),
          TEST_EXPLORER: 'built',
          TEST_PROGRAMS: isBuilt ? 'built' : 'compiled',
          ...environment,
          MOCHA_OUTCOME: outcome,
        },
      },
    );
    for (const stream of [mocha.stdout, mocha.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    mocha.once('error', reject);
    mocha.once('close', resolve);
  });
  if (environment.TEST_DATABASE !== 'none') ran.add(name);
  // A run that died before its end counts as one failure more than it could report.
  const own: Outcome = existsSync(outcome)
    ? (JSON.parse(readFileSync(outcome, 'utf8')) as Outcome)
    : died(code);
  if (code !== 0 && own.failed === 0) own.failed = 1;
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += own[key];
  if (environment.TEST_DATABASE === 'none') withoutDatabases = own.passed + own.failed;
  const seconds = Math.round((performance.now() - began) / 1000);
  took.push(
    `${name}: ${own.passed + own.failed} tests in ${seconds} s, ${Math.round(own.processorSeconds)} s of processor time without its databases`,
  );
  total.retried.push(...own.retried.map((each) => `${name}: ${each}`));
  total.failures.push(...own.failures.map((failure) => `${name}: ${failure}`));
  return text;
}

function died(code: number | null): Outcome {
  const failures = [`the run, which ended with code ${code}`];
  return { passed: 0, failed: 1, skipped: 0, failures, retried: [], processorSeconds: 0 };
}

function withoutDatabase(): NodeJS.ProcessEnv {
  const { TEST_DATABASE_URL: _url, DATABASE_URL: _production, ...rest } = process.env;
  return rest;
}
