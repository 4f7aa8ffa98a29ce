import type { RunRecord } from '../../server/refresh/runs/record.ts';
import { newServer, type TestServer, type TestServerOptions } from '../support/environment.ts';

export const KEY = 'a-key-for-tests-long-enough';

/** Two square regions, and a cube that counts the facts in each. */
export const SCHEMA = `
  create table region (code text primary key, id int not null unique, name text not null,
    geom geometry(Polygon, 4326) not null);
  insert into region values
    ('a', 1, 'A', st_makeenvelope(0, 0, 10, 10, 4326)),
    ('b', 2, 'B', st_makeenvelope(10, 0, 20, 10, 4326));
  create table fact (id int generated always as identity primary key, code text not null, n int not null);
  insert into fact (code, n) values ('a', 1), ('b', 2);
  create materialized view cube as select code, sum(n)::int as n from fact group by code;
  create unique index cube_key on cube (code);
`;

/** `refresh` is the schedule of the cube, in YAML. */
export function mapsText({ refresh, more = '' }: { refresh?: string; more?: string } = {}): string {
  return `
regions:
  regions: { table: region, geometry: geom, code: code, name: name }
choropleths:
  facts:
    title: Facts
    regions: regions
    cube: { view: cube, region: code${refresh === undefined ? '' : `, refresh: ${refresh}`} }
    metrics: { n: { sum: n } }
    classify: { method: equal, classes: 2 }
${more}`;
}

/** A server over the schema above; the key `KEY` may do everything. */
export function refreshServer(options: TestServerOptions = {}): Promise<TestServer> {
  return newServer({
    sql: SCHEMA,
    maps: mapsText(),
    ...options,
    environment: refreshEnvironment(options.environment),
  });
}

export function refreshEnvironment(more: Record<string, string> = {}): Record<string, string> {
  return {
    CHOROGRAPH_API_KEY: KEY,
    CHOROGRAPH_CHANGE_POLL_S: '1',
    CHOROGRAPH_SHUTDOWN_MS: '2000',
    ...more,
  };
}

/** Refreshes with `wait=true` and returns the status code. */
export async function refreshNow(server: TestServer, id = 'facts'): Promise<number> {
  const answer = await server.api.post(`/gis/choropleth/${id}/refresh?wait=true`).set('X-API-Key', KEY);
  return answer.status;
}

/** Runs of a view, oldest first. */
export async function runsOf(server: TestServer, view = 'public.cube'): Promise<RunRecord[]> {
  const { body } = await server.api
    .get('/refreshes')
    .query({ view, limit: 500 })
    .set('Authorization', `Bearer ${KEY}`)
    .expect(200);
  return (body as { runs: RunRecord[] }).runs.reverse();
}

/** The sums that a choropleth shows, by code. */
export async function shownValues(server: TestServer, id = 'facts'): Promise<Record<string, number | null>> {
  const { body } = await server.api.get(`/gis/choropleth/${id}/values.json`).expect(200);
  const { rows } = body as { rows: [string, string, null, number | null][] };
  return Object.fromEntries(rows.map(([code, , , value]) => [code, value]));
}
