import assert from 'node:assert/strict';
import type { Feature, FeatureCollection, Geometry } from 'geojson';
import { sharedServer, type TestServer } from '../support/environment.ts';

/** Points with a time, polygons of which one has no geometry, and a mixture of everything; figures of the polygons. */
export const TABLES = `
  create table sites (id int primary key, name text, height double precision, at timestamptz, seen boolean,
    geom geometry(point, 4326));
  insert into sites select i, 'site ' || i % 5, case when i % 4 > 0 then i / 2.0 end,
      case when i % 10 > 0 then '2024-01-01T00:00:00Z'::timestamptz + i * interval '1 day' end, i % 2 = 0,
      st_setsrid(st_point(i % 15, 40 + i / 15), 4326)
    from generate_series(0, 149) i;
  create table districts (code text primary key, name text, geom geometry(multipolygon, 25832));
  insert into districts select code, 'District ' || code,
      st_transform(st_setsrid(st_multi(st_makeenvelope(x, y, x + 1, y + 1)), 4326), 25832)
    from (values ('a', 6, 50), ('b', 7, 50), ('c', 6, 51), ('d', 7, 51)) v (code, x, y)
    union all select 'nowhere', null, null;
  create table mixed (id uuid primary key, kind text, day date, doc jsonb, geom geometry(geometry, 3857));
  insert into mixed select ('00000000-0000-0000-0000-00000000000' || i)::uuid, geometrytype(g), '2024-02-10'::date + i, '{"i": 1}',
      st_transform(st_setsrid(g, 4326), 3857)
    from (values (1, 'POINT(10 50)'::geometry), (2, 'LINESTRING(10 50, 11 51)'), (3, 'POLYGON((10 50, 11 50, 11 51, 10 50))'),
      (4, 'MULTIPOINT(20 10, 21 11)'), (5, 'GEOMETRYCOLLECTION(POINT(20 10), LINESTRING(20 10, 21 11))')) v (i, g);
  create table secret (id int primary key, geom geometry(point, 4326));
  insert into secret values (1, 'SRID=4326;POINT(1 1)');
  create table figures (code text, year int, n int);
  insert into figures values ('a', 2023, 10), ('b', 2023, 20), ('c', 2023, 2), ('d', 2023, 40),
    ('a', 2024, 11), ('b', 2024, 21), ('c', 2024, 31), ('d', 2024, 41);
`;

export const MAPS = `
layers:
  sites: { table: sites, title: Sites, withhold: [seen] }
  districts: { table: districts, title: Districts }
  mixed: { table: mixed, title: A mixture }
  secret: { table: secret, access: key }
regions:
  districts: { table: districts, code: code, name: name }
choropleths:
  people:
    title: People
    regions: districts
    cube: { view: figures, region: code, dimensions: [year] }
    metrics: { n: { sum: n } }
    classify: { method: equal, classes: 2 }
    suppress: { below: 5, count: n }
`;

export const COLLECTIONS = ['sites', 'districts', 'mixed', 'choropleth:people'];
export const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';
export const epsg = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`;

let shared: Promise<TestServer> | undefined;

/** One server for all files: they only read. */
export const ogcServer = (): Promise<TestServer> => (shared ??= sharedServer({ sql: TABLES, maps: MAPS }));

export interface Link {
  rel: string;
  href: string;
  type: string;
  title: string;
}

export interface Page extends FeatureCollection<Geometry | null> {
  links: Link[];
  numberMatched?: number;
  numberReturned: number;
  timeStamp: string;
}
export type One = Feature<Geometry | null> & { links: Link[] };

/** Asks below `/ogc`. */
export class Asking {
  readonly server: TestServer;

  constructor(server: TestServer) {
    this.server = server;
  }

  async get(path: string, accept = 'application/json') {
    const { status, headers, text } = await this.server.api
      .get(path.startsWith('http') ? path.replace(this.server.url, '') : `/ogc${path}`)
      .set('Accept', accept)
      .buffer(true)
      .parse((res, done) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (piece: string) => (text += piece));
        res.on('end', () => done(null, text));
      })
      .then(({ status, headers, body }) => ({
        status,
        headers: headers as Record<string, string>,
        text: body as string,
      }));
    return { status, headers, text };
  }

  async json<T>(path: string): Promise<T> {
    const { status, text } = await this.get(path);
    assert.equal(status, 200, `${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  items = (collection: string, query = ''): Promise<Page> =>
    this.json(`/collections/${collection}/items?${query}`);

  /** Ids of the features of one page. */
  ids = async (collection: string, query: string): Promise<unknown[]> =>
    (await this.items(collection, query)).features.map(({ id }) => id);

  /** Status and code of what is refused. */
  async refused(path: string): Promise<string> {
    const { status, text } = await this.get(path);
    return `${status} ${(JSON.parse(text) as { code: string }).code}`;
  }
}

export const linkOf = (links: readonly Link[], rel: string): Link | undefined =>
  links.find((link) => link.rel === rel);
