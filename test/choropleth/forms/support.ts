import assert from 'node:assert/strict';
import { sharedServer, type TestServer } from '../../support/environment.ts';

export type Get = (
  form: string,
  status?: number,
) => Promise<{ text: string; body: never; bytes: Buffer; headers: Record<string, string> }>;

/** Asks for the forms of one choropleth. */
export function formsOf(server: TestServer, id: string): Get {
  return async (form, status = 200) => {
    const response = await server.api
      .get(`/gis/choropleth/${id}/${form}`)
      .buffer(true)
      .parse((res, done) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () => done(null, Buffer.concat(chunks)));
      });
    const bytes = response.body as Buffer;
    const text = bytes.toString();
    assert.equal(response.status, status, `${form}: ${text.slice(0, 500)}`);
    const isJson = String(response.headers['content-type']).includes('json');
    return { text, bytes, body: (isJson ? JSON.parse(text) : null) as never, headers: response.headers };
  };
}

/** Texts of an SVG document in reading order of the file, entities resolved. */
export function svgTexts(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((match) => unescape(match[1] ?? ''));
}

export function unescape(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(#?\w+);/g, (_, name: string) => entities[name] ?? '?');
}

/** Checks that tags are closed in the order in which they were opened; enough to tell broken markup. */
export function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name, _a, empty) => {
      if (end) assert.equal(open.pop(), name);
      else if (!empty) open.push(name as string);
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/);
  assert.doesNotMatch(rest, /&(?!(amp|lt|gt|quot|#39);)/);
}

/**
 * Sixteen square regions in two parents. `a1` has too few people to be shown, and so has `a2` with it, as the
 * parent's total would give `a1` back; `b8` is not in the cube; names are as hostile as names can be.
 */
export const HIDDEN = ['a1', 'a2'];
export const MISSING = 'b8';

export function hostileServer(): Promise<TestServer> {
  shared ??= sharedServer({ sql: FIXTURE, maps: MAPS });
  return shared;
}

let shared: Promise<TestServer> | undefined;

const FIXTURE = `
  create table areas (code text primary key, name text not null, parent text, geom geometry(polygon, 4326));
  create table parents (code text primary key, name text not null, geom geometry(polygon, 4326));
  insert into parents values ('a', 'A & <b>', st_makeenvelope(0, 0, 4, 2, 4326)), ('b', 'B', st_makeenvelope(0, 2, 4, 4, 4326));
  insert into areas
    select p.code || (1 + x + 4 * y), 'Region ' || p.code || (1 + x + 4 * y), p.code,
      st_makeenvelope(x, y + s, x + 1, y + s + 1, 4326)
    from (values ('a', 0), ('b', 2)) p(code, s), generate_series(0, 3) x, generate_series(0, 1) y;
  update areas set name = '=1+1' where code = 'a3';
  update areas set name = 'Say "hi", <script>alert(1)</script> & go' where code = 'a4';
  update areas set name = E'two\\nlines' where code = 'a5';
  update areas set name = '-5' where code = 'a6';
  create table cube (code text not null, kind text not null, n numeric, k numeric);
  insert into cube
    select code, 'all', 100 + 13 * row_number() over (order by code), 10 + 3 * row_number() over (order by code)
    from areas where code <> '${MISSING}';
  update cube set n = 4, k = 3 where code = 'a1';
  update cube set n = 57, k = 31 where code = 'a2';
`;

const MAPS = `
regions:
  parents: { table: public.parents, geometry: geom, code: code, name: name }
  areas:
    { table: public.areas, geometry: geom, code: code, name: name, parent: { set: parents, column: parent } }
choropleths:
  grid:
    title: 'Grid <&> "quotes"'
    source: Made up & small
    regions: areas
    cube: { view: public.cube, region: code, dimensions: [kind] }
    metrics:
      share: { ratio: [k, n], multiplier: 100, label: Share, unit: '%' }
      people: { sum: n, label: People }
    classify: { method: quantile, classes: 3, scheme: YlOrRd }
    suppress: { below: 5 }
`;
