import autocannon from 'autocannon';
import { cpuSeconds, startOurs } from './cached.ts';
import { seedCounties } from './growth.ts';
import { median, table } from './report.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';

const CONNECTIONS = 20;
const SECONDS = 3;
const ROUNDS = 3;

/** Tiles over HTTP that no cache has, made in memory: what a request costs besides its tile shows at high zooms. */
export async function benchUncached(databaseUrl: string): Promise<void> {
  await seedCounties(databaseUrl);
  const server = await startOurs(databaseUrl, { CHOROGRAPH_TILE_CACHE_MB: '0' });
  const rows = [['', 'requests/s', 'CPU/request']];
  try {
    for (const z of [5, 7, 9]) {
      const tiles = distinctTiles(300, [z], seededRandom(z));
      const requests = tiles.map(({ x, y }) => ({ path: `/tiles/us_counties/${z}/${x}/${y}.mvt` }));
      await fetch(server.url + (requests[0]?.path ?? '')); // loads the layer
      const rates: number[] = [];
      const costs: number[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const before = cpuSeconds(server.child.pid);
        const { requests: done, errors } = await autocannon({
          url: server.url, connections: CONNECTIONS, duration: round === 0 ? 1 : SECONDS, requests,
        }); // prettier-ignore
        if (errors > 0) throw new Error('tiles failed');
        if (round === 0) continue; // to be compiled
        rates.push(done.average);
        costs.push(((cpuSeconds(server.child.pid) - before) * 1e6) / done.total);
      }
      rows.push([`z${z}`, median(rates).toFixed(0), `${median(costs).toFixed(0)} µs`]);
    }
  } finally {
    server.child.kill('SIGTERM');
  }
  table(`Tiles of counties over HTTP, nothing cached, ${CONNECTIONS} connections`, rows);
}
