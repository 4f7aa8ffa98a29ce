import { execFile, spawnSync } from 'node:child_process';
import { Agent, get } from 'node:http';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type autocannon from 'autocannon';
import { projectPath } from '../../server/tools/paths.ts';
import { median, ms, percentile, table, times } from './report.ts';
import { startServerProcess } from './server-process.ts';

const ROUNDS = 5;
const ROUND_MS = 2_000;
/** Large tiles: each is always being waited for. */
const LARGE_TILES = ['/tiles/us_counties/2/0/1.mvt', '/tiles/us_counties/2/1/1.mvt'];

/** What tiles of z9 take on one connection while others ask for tiles of z2 that nothing keeps, beside without. */
export async function benchLargeTiles(databaseUrl: string): Promise<void> {
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    CHOROGRAPH_MAPS: projectPath('data', 'maps.yaml'),
    CHOROGRAPH_SCHEDULE: 'false',
    CHOROGRAPH_TILE_CACHE_MB: '0',
    CHOROGRAPH_CUT_CACHE_MB: '0',
  });
  try {
    await walk(server.url, 9, small, ROUND_MS);
    await walk(server.url, 2, (i) => `${i % 2}/1`, ROUND_MS);
    await compare(server.url, 'as the system places them');
    // Server and two clients are busy at once: on two cores they also measure who is let on when.
    if (places(server.pid, '0') && places(process.pid, `1-${availableParallelism() - 1}`))
      await compare(server.url, 'the server on a core of its own');
  } finally {
    places(process.pid, `0-${availableParallelism() - 1}`);
    await server.stop();
  }
}

/** Where Linux has it: a class of processes that any other takes the processor from at once. */
const LEISURELY = spawnSync('chrt', ['--idle', '0', 'true']).status === 0 ? ['chrt', '--idle', '0'] : [];
const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon');
const run = promisify(execFile);

const small = (i: number): string => `${90 + (i % 30)}/${180 + (Math.floor(i / 30) % 20)}`;

/** Puts all threads of a process on some cores; false where that cannot be done. */
function places(pid: number, cores: string): boolean {
  return (
    availableParallelism() > 1 && spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)]).status === 0
  );
}

async function compare(url: string, where: string): Promise<void> {
  const alone: number[][] = [];
  const beside: number[][] = [];
  const large: number[] = [];
  let made = 0;
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await walk(url, 9, small, ROUND_MS));
    const others = Promise.all(LARGE_TILES.map((path) => reads(url + path)));
    beside.push(await walk(url, 9, small, ROUND_MS));
    for (const { latency, requests } of await others) {
      large.push(latency.p50);
      made += requests.total;
    }
  }
  const row = (label: string, of: (latencies: number[]) => number): string[] => {
    const [without, within] = [median(alone.map(of)), median(beside.map(of))];
    return [label, ms(without), ms(within), times(within / without)];
  };
  table(
    `Tiles of z9 while ${LARGE_TILES.length} tiles of z2 are being cut at all times, ${where}, medians of ${ROUNDS} rounds`,
    [
      ['', 'without', 'while', 'ratio'],
      row('p50', median),
      row('p99', (latencies) => percentile(latencies, 99)),
    ],
  );
  console.log(`  A tile of z2 took ${ms(median(large))}; ${made} were made.`);
}

/**
 * Asks for one tile again and again, in a process that gives way: who reads the large ones must not be what the small ones
 * wait for, in the server's stead.
 */
async function reads(url: string): Promise<autocannon.Result> {
  const args = [AUTOCANNON, '--json', '--connections', '1', '--duration', String(ROUND_MS / 1000), url];
  const [program = '', ...rest] = [...LEISURELY, process.execPath, ...args];
  const { stdout } = await run(program, rest, { maxBuffer: 1e7 });
  return JSON.parse(stdout) as autocannon.Result;
}

/** How long tiles of a zoom took, one after the other on one connection. */
async function walk(url: string, z: number, of: (i: number) => string, duration: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const latencies: number[] = [];
  const until = performance.now() + duration;
  for (let i = 0; performance.now() < until; i++) {
    latencies.push(await asks(`${url}/tiles/us_counties/${z}/${of(i)}.mvt`, agent));
  }
  agent.destroy();
  return latencies;
}

function asks(url: string, agent: Agent): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent }, (res) => {
      const isGood = res.statusCode === 200 || res.statusCode === 204;
      res
        .resume()
        .once('end', () =>
          isGood ? resolve(performance.now() - started) : reject(new Error(`${url}: ${res.statusCode}`)),
        );
    }).once('error', reject);
  });
}
