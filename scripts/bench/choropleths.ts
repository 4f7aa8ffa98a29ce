import pg from 'pg';
import request from 'supertest';
import { pino } from 'pino';
import { createApp } from '../../server/app.ts';
import { commonHeaders } from '../../server/http/common-headers.ts';
import { classify, METHODS } from '../../server/choropleth/classify/index.ts';
import { readConfig } from '../../server/config.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { loadMaps } from '../../server/maps.ts';
import { projectPath } from '../../server/paths.ts';
import { startServer, type RunningServer } from '../../server/server.ts';
import { median, ms, table, times } from './report.ts';
import { seededRandom } from './suite/walk.ts';

const VALUES = 100_000;
const ROUNDS = 15;
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
    maps: loadMaps(projectPath('maps.yaml')),
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
    await benchForms(server, client);
  } finally {
    await client.end();
    await server.stop();
  }
}

function benchClassification(): void {
  const random = seededRandom(7);
  const values = Float64Array.from({ length: VALUES }, () => Math.round(1e6 * random() ** 3) / 100 + 0.01);
  const rows = [['', 'median']];
  for (const method of METHODS) {
    const options = { method, classes: 7, ...(method === 'manual' ? { breaks: [10, 100, 1000] } : {}) };
    rows.push([
      method,
      ms(median(Array.from({ length: 7 }, () => timedSync(() => classify(values, options))))),
    ]);
  }
  table(`Classes of ${VALUES} values, sorting included`, rows);
}

async function benchForms({ ctx }: RunningServer, client: pg.Client): Promise<void> {
  const api = request(createApp(ctx, pino({ level: 'silent' }), commonHeaders(ctx.config)));
  const get = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await api.get(path).set('Accept-Encoding', 'identity').set(headers);
    if (answer.status !== 200 && answer.status !== 304) throw new Error(`${path}: ${answer.status}`);
    return answer.get('ETag') ?? '';
  };
  const cold: number[] = [];
  // Another number of classes is another answer: regions are loaded, nothing else is there.
  for (let classes = 2; classes <= 9; classes++)
    cold.push(await timed(() => get(`${PATH}?classes=${classes}&method=jenks`)));
  const baseline: number[] = [];
  const hot: number[] = [];
  const values: number[] = [];
  const unchanged: number[] = [];
  const etag = await get(PATH);
  await get(`${PATH}/values.json`);
  for (let round = 0; round < ROUNDS; round++) {
    baseline.push(await timed(() => client.query(BASELINE)));
    hot.push(await timed(() => get(PATH)));
    values.push(await timed(() => get(`${PATH}/values.json`)));
    unchanged.push(await timed(() => get(PATH, { 'If-None-Match': etag })));
  }
  const row = (name: string, spent: number[]): string[] => [
    name,
    ms(median(spent)),
    times(median(baseline) / median(spent)),
  ];
  table('3,230 counties with their rates, over HTTP on loopback', [
    ['', 'median', 'faster'],
    row('jsonb_agg(ST_AsGeoJSON) in PostgreSQL', baseline),
    row('GeoJSON, cold', cold),
    row('GeoJSON, hot', hot),
    row('values.json, hot', values),
    row('GeoJSON, 304', unchanged),
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
