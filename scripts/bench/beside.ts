import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import autocannon from 'autocannon';
import { createDatabase } from '../../test/support/cluster.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { cpuSeconds, measure, startOurs, type Measured, type Running } from './cached.ts';
import { seedCounties } from './growth.ts';
import { median, table } from './report.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

const CACHED = '/tiles/us_counties/9/136/200.mvt';
const ZOOMS = [5, 7, 9];
const CONNECTIONS = 20;

/** Regions and a choropleth of the demo data, in words that builds of any age know. */
export const MAPS = `
regions:
  us-counties: { table: public.us_counties, geometry: geom, code: code, name: name }
choropleths:
  us-unemployment:
    regions: us-counties
    cube: { view: public.us_unemployment_cube, region: code }
    metrics: { rate: { value: rate } }
`;

/** One build: a server that keeps its tiles, one that makes each anew, and one that has PostGIS make them. */
interface Build {
  keeps: Running;
  makes: Running;
  asks: Running;
}

interface Task {
  name: string;
  run(build: Build, seconds: number): Promise<Measured>;
}

const TASKS: readonly Task[] = [
  { name: 'one cached tile', run: ({ keeps }, seconds) => measure(keeps, CACHED, seconds) },
  ...ZOOMS.map((z) => ({
    name: `tiles of z${z}, each made anew`,
    run: ({ makes }: Build, seconds: number) => measureWalk(makes, '/tiles/us_counties', z, seconds),
  })),
  ...ZOOMS.map((z) => ({
    name: `of a choropleth, z${z}`,
    run: ({ makes }: Build, seconds: number) =>
      measureWalk(makes, '/gis/choropleth/us-unemployment/tiles', z, seconds),
  })),
  ...ZOOMS.map((z) => ({
    name: `by PostGIS, z${z}`,
    run: ({ asks }: Build, seconds: number) => measureWalk(asks, '/tiles/us_counties', z, seconds),
  })),
];

/**
 * Tiles of this build and of that in another folder, in turns on the same machine, each over a database of its own.
 * Both must be built (`npm run build`).
 */
export async function benchBeside(
  databaseUrl: string,
  folder: string,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<void> {
  const second = await createDatabase(databaseUrl, 'chorograph_beside');
  const folderOfMaps = await mkdtemp(join(tmpdir(), 'chorograph-beside-'));
  const maps = join(folderOfMaps, 'maps.yaml');
  await writeFile(maps, MAPS);
  const started: Running[] = [];
  const start = async (url: string, root: string, own: Record<string, string> = {}): Promise<Running> => {
    const environment = { CHOROGRAPH_DEMO: 'false', CHOROGRAPH_MAPS: maps, ...own };
    const server = await startOurs(url, environment, [join(root, 'dist', 'server', 'main.js')]);
    started.push(server);
    return server;
  };
  try {
    const builds: Build[] = [];
    for (const [url, root] of [
      [databaseUrl, projectPath()],
      [second, resolve(folder)],
    ] as const) {
      await seedCounties(url);
      const nothingKept = { CHOROGRAPH_TILE_CACHE_MB: '0' };
      builds.push({
        keeps: await start(url, root),
        makes: await start(url, root, nothingKept),
        asks: await start(url, root, { ...nothingKept, CHOROGRAPH_MEMORY_VERTICES: '0' }),
      });
    }
    const rows = [];
    for (const task of TASKS) rows.push(rowOf(task, await inTurns(task, builds, rounds, seconds)));
    table(`This build beside ${folder} in turns, medians of ${rounds} rounds of ${seconds} s`, [
      ['', 'requests/s', 'beside', 'times', 'CPU/request', 'beside', 'times'],
      ...rows,
    ]);
  } finally {
    for (const { child } of started) child.kill('SIGTERM');
    await rm(folderOfMaps, { recursive: true });
  }
}

/** What each build measured, round by round. */
async function inTurns(
  task: Task,
  builds: readonly Build[],
  rounds: number,
  seconds: number,
): Promise<Measured[][]> {
  const all: Measured[][] = builds.map(() => []);
  for (const build of builds) await task.run(build, seconds); // to be compiled
  for (let round = 0; round < rounds; round++) {
    // Whoever is first in a round is second in the next.
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) all[i]!.push(await task.run(builds[i]!, seconds));
  }
  return all;
}

/** The ratios are those of neighbours in time, so above 1 is better than the other in both. */
function rowOf({ name }: Task, [ours = [], theirs = []]: readonly Measured[][]): string[] {
  const middle = (of: readonly Measured[], what: keyof Measured): number =>
    median(of.map((one) => one[what]));
  const ratio = (what: keyof Measured): number => median(ours.map((one, i) => one[what] / theirs[i]![what]));
  return [
    name,
    middle(ours, 'rate').toFixed(0),
    middle(theirs, 'rate').toFixed(0),
    `${ratio('rate').toFixed(3)}×`,
    `${middle(ours, 'cpu').toFixed(1)} µs`,
    `${middle(theirs, 'cpu').toFixed(1)} µs`,
    `${(1 / ratio('cpu')).toFixed(3)}×`,
  ];
}

async function measureWalk(
  { url, child }: Running,
  base: string,
  z: number,
  duration: number,
): Promise<Measured> {
  const tiles = distinctTiles(300, [z], seededRandom(z));
  const paths = tiles.map(({ x, y }) => ({ path: `${base}/${z}/${x}/${y}.mvt` }));
  const before = cpuSeconds(child.pid);
  let connection = 0;
  const { requests, errors, non2xx } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    // Each begins elsewhere: side by side they would all wait for one tile.
    setupClient: (client) => {
      const from = Math.floor((connection++ / CONNECTIONS) * paths.length);
      client.setRequests([...paths.slice(from), ...paths.slice(0, from)]);
    },
  });
  if (errors > 0 || non2xx > 0) throw new Error(`${url} answered with errors`);
  return { rate: requests.average, cpu: ((cpuSeconds(child.pid) - before) * 1e6) / requests.total };
}
