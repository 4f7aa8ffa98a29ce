import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { projectPath } from '../../server/tools/paths.ts';
import { cpuSeconds, fetchTile, startOurs, startPeer, type Measured, type Running } from './cached.ts';
import { seedCounties } from './growth.ts';
import { MAPS } from './beside.ts';
import { untilWhole } from './layer-files.ts';
import { median, table } from './report.ts';
import { distinctTiles, seededRandom } from './suite/walk.ts';
import { pin, withWrk, wrk } from './wrk.ts';

const CONNECTIONS = 8;
const SECONDS = 2;
const ROUNDS = 5;
/** Tiles that are asked for in turn where each is made anew. */
const TILES = 200;
const FEW = 10;
const LAYER = '/tiles/us_counties';
const CHOROPLETH = '/gis/choropleth/us-unemployment/tiles';
const ENCODINGS: Readonly<Record<string, Record<string, string>>> = {
  identity: {},
  gzip: { 'accept-encoding': 'gzip' },
  brotli: { 'accept-encoding': 'gzip, deflate, br' },
};
const CACHED = { '1 kB': '/tiles/us_counties/9/136/200.mvt', '47 kB': '/tiles/us_counties/5/8/12.mvt' };

/** What one tile is measured by: which of our servers is asked for what, and how. */
interface Task {
  name: string;
  server: Running;
  paths: readonly string[];
  headers: Record<string, string>;
}

/**
 * What a tile costs over what a bare `node:http` server takes to send the same bytes with the same headers: made anew
 * with few features, and cached. Both are asked in turns, on a core of their own.
 */
export async function benchOverhead(databaseUrl: string): Promise<void> {
  if (!withWrk) {
    console.log('Tiles beside bare node:http: left out, as wrk is not installed');
    return;
  }
  await seedCounties(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-overhead-'));
  const maps = join(folder, 'maps.yaml');
  await writeFile(maps, MAPS);
  const program = [projectPath('dist', 'server', 'main.js')];
  const own = { CHOROGRAPH_MAPS: maps, CHOROGRAPH_DEMO: 'false', CHOROGRAPH_DATA_DIR: folder };
  const makes = await startOurs(databaseUrl, { ...own, CHOROGRAPH_TILE_CACHE_MB: '0' }, program);
  const keeps = await startOurs(databaseUrl, own, program);
  try {
    const few = await tilesOfFew(makes, folder);
    const cached = Object.entries(CACHED).flatMap(([size, path]) =>
      Object.entries(ENCODINGS).map(([encoding, headers]) => ({
        name: `cached, ${size}, ${encoding}`, server: keeps, paths: [path], headers,
      })),
    ); // prettier-ignore
    const anew = { server: makes, paths: few, headers: {} };
    const ofValues = few.map((path) => path.replace(LAYER, CHOROPLETH));
    const tasks: Task[] = [
      { name: `made anew, up to ${FEW} features`, ...anew },
      { name: 'made anew, of a choropleth of them', ...anew, paths: ofValues },
      ...cached,
    ];
    const rows = [];
    for (const task of tasks) rows.push(await rowOf(task));
    table(
      `Tiles beside bare node:http that sends the same, in turns, medians of ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections`,
      [['', 'bytes', 'requests/s', 'bare', 'of bare', 'CPU/request', 'bare', 'over bare'], ...rows],
    );
  } finally {
    for (const { child } of [makes, keeps]) child.kill('SIGTERM');
    await rm(folder, { recursive: true });
  }
}

/** A tile as it stays: its first compressed copy is the one that is soon made. */
async function lastingTile(
  url: string,
  headers: Record<string, string>,
): Promise<Awaited<ReturnType<typeof fetchTile>>> {
  for (;;) {
    const tile = await fetchTile(url, headers);
    if (!String(tile.headers.ETag).endsWith('-br1"')) return tile;
    await sleep(50);
  }
}

async function rowOf({ name, server, paths, headers }: Task): Promise<string[]> {
  const tiles = [];
  for (const path of paths) tiles.push(await lastingTile(server.url + path, headers));
  // Where there are several, the bare server sends the one of middle length.
  const { body, headers: sent } = tiles.sort((a, b) => a.body.length - b.body.length)[tiles.length >> 1]!;
  const bare = await startPeer('node', body, sent);
  try {
    const servers = [server, bare];
    for (const each of servers) pin(each);
    const asking = { connections: CONNECTIONS, seconds: SECONDS, headers, paths };
    const rounds: Measured[][] = [[], []];
    for (let round = -1; round < ROUNDS; round++) {
      // Whoever is first in a round is second in the next; the first round is for compiling.
      for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const before = cpuSeconds(servers[i]!.child.pid);
        const { requests, rate } = await wrk(servers[i]!.url, asking);
        const cpu = ((cpuSeconds(servers[i]!.child.pid) - before) * 1e6) / requests;
        if (round >= 0) rounds[i]!.push({ rate, cpu });
      }
    }
    const [ours = [], theirs = []] = rounds;
    const middle = (of: readonly Measured[], what: keyof Measured): number =>
      median(of.map((one) => one[what]));
    return [
      name,
      String(body.length),
      middle(ours, 'rate').toFixed(0),
      middle(theirs, 'rate').toFixed(0),
      `${(100 * median(ours.map(({ rate }, i) => rate / theirs[i]!.rate))).toFixed(0)} %`,
      `${middle(ours, 'cpu').toFixed(1)} µs`,
      `${middle(theirs, 'cpu').toFixed(1)} µs`,
      `${median(ours.map(({ cpu }, i) => cpu - theirs[i]!.cpu)).toFixed(1)} µs`,
    ];
  } finally {
    bare.child.kill('SIGTERM');
    await once(bare.child, 'exit');
  }
}

/** Tiles with something in them, but not much, once their layer is loaded and all that their zooms need is made. */
async function tilesOfFew({ url }: Running, dataDir: string): Promise<string[]> {
  await fetch(`${url}/tiles/us_counties/0/0/0.mvt`);
  if (!(await untilWhole(dataDir, 1))) throw new Error('the layers are not on disk');
  const paths = [];
  for (const { z, x, y } of distinctTiles(4 * TILES, [9, 10, 11], seededRandom(3))) {
    const path = `${LAYER}/${z}/${x}/${y}.mvt`;
    const { body } = await fetchTile(url + path, {});
    const features = body.length === 0 ? 0 : new VectorTile(new PbfReader(body)).layers.us_counties!.length;
    if (features > 0 && features <= FEW) paths.push(path);
  }
  return paths.slice(0, TILES);
}
