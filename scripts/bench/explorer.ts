import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import pg from 'pg';
import { seedDemo } from '../../server/demo/seed.ts';
import { readConfig } from '../../server/config.ts';
import { loadMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { pino } from 'pino';
import { launchBrowser, noBrowser } from '../../test/web/browser.ts';
import { COUNTY_CHOICES, PROVINCE_CHOICES, type Choice } from './explorer/choices.ts';
import { GRID_MAPS, GRID_SQL } from './explorer/grid.ts';
import { WatchedPage, type Taken } from './explorer/watched-page.ts';
import { median, ms, percentile, table } from './report.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const LOADS = 5;
const HOVERS = 60;
const MB = 1e6;

/**
 * `npm run bench -- explorer`: what a reader waits for in the explorer, in a real browser that draws in software:
 * the first map, a choice, and everything with 50,000 regions (`npm run build` first).
 */
export async function benchExplorer(databaseUrl: string): Promise<void> {
  if (!existsSync(projectPath('dist', 'web', 'index.html'))) throw new Error('run `npm run build` first');
  if (noBrowser !== undefined) return console.log(`\nNot measured: ${noBrowser}`);
  await fill(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  const browser = await launchBrowser();
  try {
    await firstMaps(browser, () => startServerProcess({ DATABASE_URL: databaseUrl }));
    const server = await startServerProcess({ DATABASE_URL: databaseUrl });
    await choices(browser, server).finally(() => server.stop());
    const maps = join(folder, 'maps.yaml');
    await writeFile(maps, GRID_MAPS);
    const large = await startServerProcess({ DATABASE_URL: databaseUrl, CHOROGRAPH_MAPS: maps });
    await manyRegions(browser, large).finally(() => large.stop());
    await scripts();
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The demo data, and a grid of 50,000 regions. */
async function fill(databaseUrl: string): Promise<void> {
  const server = await startServer({
    config: readConfig({ DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'silent' }),
    maps: loadMaps(projectPath('data', 'maps.yaml')),
    log: pino({ level: 'silent' }),
  });
  await server.ready;
  await seedDemo(server.ctx.db);
  await server.stop();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(GRID_SQL);
  await client.end();
}

async function firstMaps(browser: Browser, start: () => Promise<ServerProcess>): Promise<void> {
  const rows = [['From the request for the page', 'first map', 'with the world', 'requests']];
  const [cold, warm]: { first: number; world: number; requests: number }[][] = [[], []];
  for (let i = 0; i < LOADS; i++) {
    const server = await start();
    try {
      cold?.push(await load(browser, server.url));
      warm?.push(await load(browser, server.url));
    } finally {
      await server.stop();
    }
  }
  for (const [name, loads = []] of [['server just started', cold] as const, ['asked before', warm] as const])
    rows.push([
      name,
      ms(median(loads.map(({ first }) => first))),
      ms(median(loads.map(({ world }) => world))),
      String(median(loads.map(({ requests }) => requests))),
    ]);
  table(`The explorer opens on 3,143 counties (median of ${LOADS}, nothing in the browser's cache)`, rows);
}

async function load(
  browser: Browser,
  url: string,
): Promise<{ first: number; world: number; requests: number }> {
  const watched = await WatchedPage.open(browser, `${url}/`);
  const first = await watched.firstMap();
  const world = await watched.settled();
  const requests = watched.requests.length;
  await watched.close();
  return { first, world, requests };
}

async function choices(browser: Browser, { url }: ServerProcess): Promise<void> {
  const counties = await taken(browser, `${url}/#/us-unemployment`, COUNTY_CHOICES);
  const provinces = await taken(browser, `${url}/#/santri-provinsi`, PROVINCE_CHOICES);
  const all = [...counties, ...provinces];
  const kinds = [...new Set(all.map(({ choice }) => choice.kind))];
  table(`A choice until the map shows it (p50 / p95 of ${all.length})`, [
    ['', 'network', 'script', 'paint', 'total'],
    summary('all', all),
    summary('counties', counties),
    summary('provinces', provinces),
    ...kinds.map((kind) =>
      summary(
        kind,
        all.filter(({ choice }) => choice.kind === kind),
      ),
    ),
  ]);
}

async function taken(
  browser: Browser,
  address: string,
  list: readonly Choice[],
): Promise<(Taken & { choice: Choice })[]> {
  const watched = await WatchedPage.open(browser, address);
  await watched.settled();
  const done: (Taken & { choice: Choice })[] = [];
  for (const choice of list) {
    done.push({ ...(await watched.choose(choice.selector, choice.value)), choice });
  }
  await watched.close();
  return done;
}

function summary(name: string, list: readonly Taken[]): string[] {
  const of = (part: keyof Taken): string => {
    const values = list.map((each) => each[part]);
    return `${median(values).toFixed(0)} / ${ms(percentile(values, 95))}`;
  };
  return [`${name} (${list.length})`, of('network'), of('script'), of('paint'), of('total')];
}

async function manyRegions(browser: Browser, { url }: ServerProcess): Promise<void> {
  const watched = await WatchedPage.open(browser, `${url}/#/grid`);
  const first = await watched.firstMap();
  await watched.settled();
  const hovers = await watched.hover(HOVERS);
  const { gaps, frames } = await watched.scroll();
  const done: Taken[] = [];
  for (const [name, value] of [
    ['method', 'jenks'],
    ['classes', '5'],
    ['metric', 'rate'],
    ['method', 'equal'],
    ['classes', '9'],
    ['metric', 'cases'],
    ['method', 'quantile'],
  ] as const)
    done.push(await watched.choose(`select[name="${name}"]`, value));
  const memory = await watched.memory();
  table('50,000 regions', [
    ['', 'p50', 'p95', 'bound'],
    ['first map', ms(first), '', ''],
    [`hover (${hovers.length} regions)`, ms(median(hovers)), ms(percentile(hovers, 95)), '50 ms'],
    [`table: frame of 200 steps, ${gaps} gaps`, ms(median(frames)), ms(percentile(frames, 95)), '0 gaps'],
    ...(['network', 'script', 'paint', 'total'] as const).map((part) => {
      const values = done.map((each) => each[part]);
      return [`a change: ${part}`, ms(median(values)), ms(percentile(values, 95)), ''];
    }),
    ['heap of the scripts', `${(memory.heap / MB).toFixed(0)} MB`, '', ''],
    ['process of the page', `${(memory.process / MB).toFixed(0)} MB`, '', '600 MB'],
  ]);
  await watched.close();
}

/** What the pages' own scripts weigh; the map library is in one file, told by what only it says. */
async function scripts(): Promise<void> {
  const folder = projectPath('dist', 'web', 'assets');
  const rows = [['Scripts, gzip', 'bytes']];
  for (const name of (await readdir(folder)).filter((each) => /\.m?js$/.test(each)))
    rows.push([name, String(gzipSync(await readFile(join(folder, name)), { level: 9 }).length)]);
  table('What the browser loads', rows);
}
