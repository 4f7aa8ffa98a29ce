import assert from 'node:assert/strict';
import { ConfigError } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { demoServer, once, type TestServer } from '../support/environment.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  description?: string;
  example?: string | Record<string, string>;
  /** What is not valid together with the examples of the others. */
  examples?: { aside: { value: string } };
}

interface Operation {
  path: string;
  method: string;
  parameters: Parameter[];
  security?: object[];
}

/** Where examples of choropleth parameters have a meaning: no choropleth has all of them. */
const CHOROPLETHS = ['us-unemployment', 'us-points', 'pesantren-provinsi'];

/** What a parameter does not go without, or with. */
const COMPANIONS: Record<string, Record<string, string>> = {
  change: { from: '2021', to: '2025' },
  from: { change: 'pct', to: '2025' },
  to: { change: 'pct', from: '2021' },
  multiplier: { normalize: 'area' },
  scope: { parent: '06' },
  smooth: { metric: 'pct_layak' },
  breaks: { tahun: '2024' },
  'filter-lang': { filter: 'rank <= 10' },
  'filter-crs': { filter: 'rank <= 10' },
};

/** What a form does not go without. */
const needs = (path: string): Record<string, string> =>
  path.includes('bivariate')
    ? { vars: 'pct_layak,avg_skor' }
    : path.includes('smooth.json')
      ? { metric: 'pct_layak' }
      : {};

/** What the demo data does not have. */
const ABSENT: Record<string, string> = {
  '/archives/{name}.pmtiles': 'archive_not_found',
  '/previews/{preview}': 'preview_not_found',
  '/previews/{preview}/{z}/{x}/{y}.{format}': 'preview_not_found',
  '/previews/{preview}/classes': 'preview_not_found',
  '/previews/{preview}/style.json': 'preview_not_found',
  '/refreshes/{id}': 'run_not_found',
  '/gis/boundaries/kecamatan': 'level_not_imported',
};

once('The OpenAPI document', () => {
  let server: TestServer;
  let operations: Operation[];
  let choropleths: Operation[];

  before(async function () {
    server = await demoServer();
    const { body } = await server.api.get('/openapi.json').expect(200);
    const { paths } = body as { paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>> };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
    );
    choropleths = operations.filter(
      // Not those that need a key.
      ({ path, method, security }) =>
        method === 'get' && path.startsWith('/gis/choropleth/{id}') && security === undefined,
    );
  });

  it('describes every parameter and gives an example of it', () => {
    for (const { path, method, parameters } of operations) {
      for (const { name, description, examples, example = examples?.aside.value } of parameters) {
        const which = `${method} ${path}: ${name}`;
        assert.ok(description && description.length > 5, `${which} has no description`);
        assert.ok(example !== undefined && example !== '', `${which} has no example`);
      }
    }
    const tile = operations.find(({ path }) => path.startsWith('/tiles/{layers}/{z}'))!;
    assert.ok(['grid', 'cluster', 'columns'].every((name) => tile.parameters.some((p) => p.name === name)));
    assert.ok(choropleths.length >= 20);
  });

  it('has examples that a choropleth answers, parameter by parameter and form by form', async function () {
    const seen = new Set<string>();
    for (const { path, parameters } of choropleths) {
      const fixed = parameters
        .filter((p) => p.in === 'path' && p.name !== 'id')
        .reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), path);
      const queries: [name: string, query: Record<string, string>][] = [['', {}]];
      for (const { name, examples, example = examples?.aside.value } of parameters.filter(
        (p) => p.in === 'query',
      )) {
        // Parameters of every form are tried with one of them, those of some with each.
        const common = choropleths.every((other) => other.parameters.some((p) => p.name === name));
        if (common && seen.has(name)) continue;
        seen.add(name);
        queries.push([name, typeof example === 'string' ? { [name]: example } : example!]);
      }
      for (const [name, query] of queries) {
        const all = { ...needs(path), ...COMPANIONS[name], ...query };
        const answers = [];
        for (const id of CHOROPLETHS) {
          const { status, body } = await server.api.get(fixed.replace('{id}', id)).query(all);
          answers.push(`${id}: ${status} ${(body as { detail?: string }).detail ?? ''}`);
          if (status === 200) break;
        }
        assert.match(answers.at(-1)!, /: 200 /, `${fixed} ${JSON.stringify(all)}\n${answers.join('\n')}`);
      }
    }
  });

  it('has examples that are valid together, on every path that anybody may read', async function () {
    const open = operations.filter(({ method, security }) => method === 'get' && security === undefined);
    assert.ok(open.length > 40, `${open.length}`);
    const refused: string[] = [];
    for (const { path, parameters } of open) {
      if (path === '/events') continue; // does not end
      const query = new URLSearchParams();
      let filled = path;
      for (const { name, in: place, example } of parameters) {
        if (example === undefined) continue;
        if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(String(example)));
        else if (typeof example === 'object')
          for (const [key, value] of Object.entries(example)) query.set(key, value);
        else query.set(name, String(example));
      }
      const url = `${filled}?${query}`;
      const { status, body } = await server.api.get(url);
      const isAbsent = (body as { code?: string }).code === ABSENT[path] && ABSENT[path] !== undefined;
      if (![200, 204].includes(status) && !isAbsent)
        refused.push(`${url}: ${status} ${JSON.stringify(body)}`);
    }
    assert.deepEqual(refused, []);
  });

  it('names no parameter that a dimension may be called', () => {
    const names = new Set(
      choropleths.flatMap(({ parameters }) =>
        parameters.filter((p) => p.in === 'query' && p.name !== 'column').map((p) => p.name),
      ),
    );
    assert.ok(names.has('bbox') && names.has('scope'));
    for (const name of names) {
      assert.throws(
        () =>
          readMaps(`
regions: { r: { table: r, code: c, name: n } }
choropleths: { c: { regions: r, cube: { view: v, region: c, dimensions: [${name}] }, metrics: { n: { sum: n } } } }
`),
        (error) => error instanceof ConfigError && /is the name of a parameter/.test(error.problems.join()),
        name,
      );
    }
  });
});
