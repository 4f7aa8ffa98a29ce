import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { statement } from '../../server/db/sql.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { newDatabase, once, withDatabase } from '../support/environment.ts';
import { program } from '../support/program.ts';

/**
 * Half as many regions as are served from memory, as squares, in a little more than half of the memory that such a
 * server has; `TEST_WORST=whole` takes all of a country's smallest units and a gigabyte.
 */
const [REGIONS, HEAP_MB] = process.env.TEST_WORST === 'whole' ? [50_000, 1_024] : [25_000, 640];
const SIDE = 290;

const SQL = `
  create table small (code text primary key, name text, n int, m int, geom geometry(polygon, 4326));
  insert into small select 'r' || i, 'Region number ' || i, (i * 7919) % 100003, (i * 613) % 65537 + 1,
    st_makeenvelope(i % ${SIDE} * 0.1, i / ${SIDE} * 0.1, i % ${SIDE} * 0.1 + 0.1, i / ${SIDE} * 0.1 + 0.1, 4326)
    from generate_series(0, ${REGIONS - 1}) i;
  create view cube as select code, n, m from small;
  analyze small;`;
const MAPS = `
regions: { small: { table: small, code: code, name: name } }
choropleths:
  c:
    regions: small
    cube: { view: cube, region: code }
    metrics: { n: { sum: n }, m: { sum: m }, share: { ratio: [n, m] } }
`;

once(`a process of ${HEAP_MB} MB with ${REGIONS} regions`, function () {
  this.timeout(570_000);
  let child: ChildProcess | undefined;
  let url: string;
  let folder: string;
  let ended = false;
  before(async () => {
    const environment = await newDatabase();
    await withDatabase(environment, (db) => db.run(statement(SQL), { timeoutMs: 120_000 }));
    folder = await mkdtemp(join(tmpdir(), 'chorograph-worst-'));
    await writeFile(join(folder, 'maps.yaml'), MAPS);
    child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, ...program('main')], {
      cwd: projectPath(),
      env: {
        PATH: process.env.PATH,
        ...environment,
        PORT: '0',
        LOG_LEVEL: 'silent',
        CHOROGRAPH_MAPS: join(folder, 'maps.yaml'),
        CHOROGRAPH_CHANGE_POLL_S: '600',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.once('exit', () => (ended = true));
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for (;;) {
      const found = /ready: (http:\S+)/.exec(said)?.[1];
      if (found) return void (url = found);
      if (ended) throw new Error(said);
      await sleep(50);
    }
  });
  after(async () => {
    child?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks for all of it at once; how often each status came. */
  async function flood(paths: readonly string[]): Promise<Record<number, number>> {
    const statuses: Record<number, number> = {};
    await Promise.all(
      paths.map(async (path) => {
        const response = await fetch(`${url}/gis/choropleth/c${path}`).catch(() => undefined);
        await response?.arrayBuffer().catch(() => undefined);
        const status = response?.status ?? 0;
        statuses[status] = (statuses[status] ?? 0) + 1;
      }),
    );
    return statuses;
  }
  const survived = async (statuses: Record<number, number>, least: number): Promise<void> => {
    assert.equal(ended, false, 'the process ended');
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
    assert.deepEqual(
      Object.keys(statuses).filter((status) => status !== '200' && status !== '503'),
      [],
      JSON.stringify(statuses),
    );
    assert.ok((statuses[200] ?? 0) >= least, JSON.stringify(statuses));
  };
  const many = (count: number, path: (i: number) => string): string[] =>
    Array.from({ length: count }, (_, i) => path(i));

  it('survives many different breaks', async () => {
    const paths = many(107, (i) => `/classes.json?breaks=${100 + i},${50_000 + i}`);
    await survived(await flood(paths), 107);
  });

  it('survives every detail of the outlines', async () => {
    const paths = many(6, (i) => `?zoom=${2 * i}&precision=${i}`);
    await survived(await flood(paths), 6);
  });

  it('survives pictures of many sizes, and goes on answering meanwhile', async () => {
    const flooding = flood(many(6, (i) => `/map.png?width=${600 + i}`));
    let worst = 0;
    for (let done = false; !done;) {
      const started = performance.now();
      await fetch(`${url}/health/live`).then((response) => response.arrayBuffer());
      worst = Math.max(worst, performance.now() - started);
      done = await Promise.race([flooding.then(() => true), sleep(50).then(() => false)]);
    }
    await survived(await flooding, 1);
    assert.ok(worst < 10_000, `nothing was answered for ${Math.round(worst)} ms`);
  });

  it('survives statistics, advice and two metrics at once', async () => {
    await survived(
      await flood([
        ...many(3, (i) => `/bivariate.json?vars=n,m&dim=${2 + i}`),
        ...many(3, (i) => `/advise.json?classes=${3 + i}`),
        ...many(2, (i) => `/lisa.json?permutations=99&seed=${i}`),
        ...many(2, (i) => `/table.html?classes=${3 + i}`),
        ...many(2, (i) => `/values.json?classes=${3 + i}`),
        '/map.svg',
      ]),
      1, // others may be told that it is busy, which is what keeps it alive
    );
  });

  it('refuses a test that would take minutes', async () => {
    const response = await fetch(`${url}/gis/choropleth/c/lisa.json?permutations=9999`);
    assert.equal(response.status, 400);
  });
});
