import { Agent, request } from 'node:http';
import pg from 'pg';
import { pino } from 'pino';
import { classify, METHODS } from '../../server/choropleth/classify/index.ts';
import { readConfig } from '../../server/config.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { loadMaps } from '../../server/maps.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { startServer } from '../../server/server.ts';
import { median, ms, table, times } from './report.ts';
import { seededRandom } from './suite/walk.ts';

const VALUES = 100_000;
const ROUNDS = 15;
/** Hot answers take so little that more of them are needed for a steady median. */
const HOT_ROUNDS = 200;
/** Milliseconds after which a request is given up: a benchmark that hangs tells nothing. */
const PATIENCE_MS = 20_000;
const PATH = '/gis/choropleth/us-unemployment';

/** The same regions and rates as one GeoJSON, made by PostgreSQL alone. */
const BASELINE = `select json_build_object('type', 'FeatureCollection', 'features', jsonb_agg(
    json_build_object('type', 'Feature', 'geometry', st_asgeojson(c.geom, 4)::jsonb,
      'properties', json_build_object('code', c.code, 'name', c.name, 'rate', u.rate))))::text as body
  from us_counties c left join us_unemployment u on u.code = c.code`;

/** Classification of many values, and the forms of one choropleth: cold, hot and not modified. */
export async function benchChoropleths(databaseUrl: string): Promise<void> {
  benchClassification();
  const server = await startServer({
    config: readConfig({ DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'silent' }),
    maps: loadMaps(projectPath('data', 'maps.yaml')),
    log: pino({ level: 'silent' }),
  });
  await server.ready;
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await seedDemo(server.ctx.db, { only: 'us' });
    await server.ctx.generations.poll();
    await server.ctx.catalog.reload();
    await server.ctx.choropleths.resolve(server.ctx.db, server.ctx.catalog);
    await benchForms(server.url, client);
  } finally {
    await client.end();
    await server.stop();
  }
}

function benchClassification(): void {
  const random = seededRandom(7);
  const values = Float64Array.from({ length: VALUES }, () => Math.round(1e6 * random() ** 3) / 100 + 0.01);
  const rows = [['', 'median', 'target']];
  for (const method of METHODS) {
    const options = { method, classes: 7, ...(method === 'manual' ? { breaks: [10, 100, 1000] } : {}) };
    rows.push([
      method,
      ms(median(Array.from({ length: 7 }, () => timedSync(() => classify(values, options))))),
      method === 'jenks' ? '< 200 ms' : '< 30 ms',
    ]);
  }
  table(`Classes of ${VALUES} values, sorting included`, rows);
}

/** One connection that stays open, so that what is measured is the answer and not the connecting. */
function clientOf(base: string): {
  get: (path: string, headers?: Record<string, string>) => Promise<string>;
  close: () => void;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** The ETag, once the whole body is there. */
  const get = (path: string, headers: Record<string, string> = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(`${base}${path}`, { agent, headers, timeout: PATIENCE_MS }, (answer) => {
        answer.on('data', () => {});
        answer.on('error', reject);
        answer.on('end', () =>
          answer.statusCode === 200 || answer.statusCode === 304
            ? resolve(answer.headers.etag ?? '')
            : reject(new Error(`${path}: ${answer.statusCode}`)),
        );
      });
      asked.on('timeout', () => asked.destroy(new Error(`${path}: no answer in ${PATIENCE_MS} ms`)));
      asked.on('error', reject);
      asked.end();
    });
  return { get, close: () => agent.destroy() };
}

async function benchForms(base: string, client: pg.Client): Promise<void> {
  const { get, close } = clientOf(base);
  const series = async (rounds: number, work: (round: number) => Promise<unknown>): Promise<number[]> => {
    const spent: number[] = [];
    for (let round = 0; round < rounds; round++) spent.push(await timed(() => work(round)));
    return spent;
  };
  const first = await timed(() => get(PATH));
  const etag = await get(PATH);
  const baseline = await series(ROUNDS, () => client.query(BASELINE));
  const row = (name: string, target: string, spent: number[]): string[] => [
    name,
    ms(median(spent)),
    target,
    times(median(baseline) / median(spent)),
  ];
  // Other breaks and another precision: nothing but the regions is there, no outline, no class, no byte.
  const cold = (form: string, own: (round: number) => string) =>
    series(8, (round) => get(`${PATH}${form}?method=jenks&classes=${2 + round}&${own(round)}`));
  const rows = [
    row('jsonb_agg(ST_AsGeoJSON) in PostgreSQL', '', baseline),
    row('GeoJSON, first of all: regions are loaded', '', [first]),
    row('GeoJSON, cold', '< 150 ms', await cold('', (round) => `precision=${round}`)),
    row('values.json, cold', '', await cold('/values.json', () => 'reverse=true')),
    row('map.png, cold', '< 300 ms', await cold('/map.png', (round) => `width=${900 + round}`)),
    row('map.svg, cold', '', await cold('/map.svg', (round) => `width=${800 + round}`)),
  ];
  const hot = async (name: string, target: string, path: string, headers: Record<string, string> = {}) => {
    await get(path, headers);
    rows.push(row(name, target, await series(HOT_ROUNDS, () => get(path, headers))));
  };
  await hot('GeoJSON, hot', '< 5 ms', PATH);
  await hot('GeoJSON, hot, gzip', '', PATH, { 'Accept-Encoding': 'gzip' });
  await hot('GeoJSON, 304', '< 1 ms', PATH, { 'If-None-Match': etag });
  await hot('values.json, hot', '< 2 ms', `${PATH}/values.json`);
  await hot('map.png, hot', '', `${PATH}/map.png`);
  await hot('a tile, hot: the shorter way of tiles', '', `${PATH}/tiles/4/3/6.mvt`);
  close();
  table('3,230 counties with their rates, one request at a time over an open connection', [
    ['', 'median', 'target', 'faster'],
    ...rows,
  ]);
}

function timedSync(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
