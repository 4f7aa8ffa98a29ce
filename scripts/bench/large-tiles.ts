import { Agent, get } from 'node:http';
import autocannon from 'autocannon';
import { projectPath } from '../../server/tools/paths.ts';
import { median, ms, percentile, table, times } from './report.ts';
import { startServerProcess } from './server-process.ts';

const ROUNDS = 5;
const ROUND_MS = 2_000;
/** Large tiles that are always being waited for. */
const LARGE = 2;
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
    const small = (i: number): string => `${90 + (i % 30)}/${180 + (Math.floor(i / 30) % 20)}`;
    const alone: number[][] = [];
    const beside: number[][] = [];
    const large: number[] = [];
    await walk(server.url, 9, small, ROUND_MS);
    await walk(server.url, 2, (i) => `${i % 2}/1`, ROUND_MS);
    let made = 0;
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await walk(server.url, 9, small, ROUND_MS));
      // In a thread of their own: who reads them must not be what the small ones wait for.
      const others = autocannon({
        url: server.url,
        requests: LARGE_TILES.map((path) => ({ path })),
        connections: LARGE,
        duration: ROUND_MS / 1000,
        workers: 1,
      });
      beside.push(await walk(server.url, 9, small, ROUND_MS));
      const { latency, requests } = await others;
      large.push(latency.p50);
      made += requests.total;
    }
    const row = (label: string, of: (latencies: number[]) => number): string[] => {
      const [without, within] = [median(alone.map(of)), median(beside.map(of))];
      return [label, ms(without), ms(within), times(within / without)];
    };
    table(`Tiles of z9 while ${LARGE} tiles of z2 are being cut at all times, medians of ${ROUNDS} rounds`, [
      ['', 'without', 'while', 'ratio'],
      row('p50', median),
      row('p99', (latencies) => percentile(latencies, 99)),
    ]);
    console.log(`  A tile of z2 took ${ms(median(large))}; ${made} were made.`);
  } finally {
    await server.stop();
  }
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
