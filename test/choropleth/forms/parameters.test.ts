import assert from 'node:assert/strict';
import { demoServer, once, type TestServer } from '../../support/environment.ts';

/** Form and query, the parameter that is to be named, and a word of what is allowed. */
const BAD: [form: string, query: string, parameter: string, expected: RegExp][] = [
  ['legend.json', 'locale=fr', 'locale', /en, id/],
  ['legend.svg', 'theme=sepia', 'theme', /light or dark/],
  ['legend.svg', 'histogram=yes', 'histogram', /true or false/],
  ['legend.png', 'scale=3', 'scale', /1 or 2/],
  ['legend.png', 'scale=1&scale=2', 'scale', /1 or 2/],
  ['map.svg', 'width=63', 'width', /64 to 4096/],
  ['map.svg', 'width=4097', 'width', /64 to 4096/],
  ['map.svg', 'height=1e3', 'height', /64 to 4096/],
  ['map.png', 'width=4096&height=4096', 'height', /8000000 pixels/],
  ['map.png', 'width=2000&height=1200&scale=2', 'height', /8000000 pixels/],
  ['map.svg', 'projection=robinson', 'projection', /equal-area, mercator/],
  ['map.svg', 'bbox=1,2,3', 'bbox', /west,south,east,north/],
  ['map.svg', 'bbox=0,91,1,92', 'bbox', /degrees/],
  ['map.svg', 'bbox=5,5,5,6', 'bbox', /with an area/],
  ['map.svg', 'bare=2', 'bare', /true or false/],
  ['table.html', 'sort=size', 'sort', /code, name, parent, value/],
  ['table.html', 'order=up', 'order', /asc, desc/],
  ['bivariate.json', 'vars=pct_miskin', 'vars', /two different metrics/],
  ['bivariate.json', 'vars=avg_skor,avg_skor', 'vars', /two different metrics/],
  ['bivariate.json', 'vars=avg_skor,nope', 'vars', /two of total_santri/],
  ['bivariate.json', '', 'vars', /given once/],
  ['bivariate.json', 'vars=pct_miskin,avg_skor&dim=5', 'dim', /2 to 4/],
  ['bivariate.json', 'vars=pct_miskin,avg_skor&method=manual', 'method', /quantile, equal/],
  ['bivariate.json', 'vars=pct_miskin,avg_skor&method=boxplot&dim=2', 'method', /at most 2 classes/],
  ['bivariate-legend.svg', 'vars=pct_miskin,avg_skor&schemes=RdBu,Blues', 'schemes', /two of Blues/],
  ['moran.json', 'permutations=98', 'permutations', /99 to 9999/],
  ['moran.json', 'seed=-1', 'seed', /0 to 2147483647/],
  ['moran.json', 'smooth=eb', 'smooth', /total_santri is not a ratio/],
  ['lisa.json', 'alpha=0', 'alpha', /0.001 to 0.5/],
  ['lisa.json', 'smooth=kernel', 'smooth', /one of eb/],
  ['smooth.json', '', 'metric', /pct_miskin/],
  ['smooth.json', 'metric=pct_miskin&change=abs&from=2021&to=2023', 'change', /left out/],
  ['map.svg', 'theme=sepia', 'theme', /light or dark/],
  ['values.csv', 'metric=nope', 'metric', /total_santri/],
  ['map.png', 'classes=1', 'classes', /2 to 9/],
];

once('parameters of forms', () => {
  let server: TestServer;

  before(async function () {
    server = await demoServer();
  });

  for (const [form, query, parameter, expected] of BAD) {
    it(`${form}?${query} names ${parameter}`, async () => {
      const { status, body, headers } = await server.api.get(
        `/gis/choropleth/santri-provinsi/${form}?${query}`,
      );
      assert.equal(status, 400);
      assert.match(String(headers['content-type']), /^application\/problem\+json/);
      assert.equal(body.code, 'invalid_parameter');
      const named = body.errors.find((error: { parameter: string }) => error.parameter === parameter);
      assert.match(named?.expected ?? '', expected, JSON.stringify(body));
    });
  }

  it('are echoed, defaults filled in', async () => {
    const { body } = await server.api.get(
      '/gis/choropleth/santri-provinsi/moran.json?metric=pct_miskin&smooth=eb',
    );
    assert.equal(body.parameters.metric, 'pct_miskin');
    assert.deepEqual([body.permutations, body.seed, body.smooth], [999, 1, 'eb']);
    const legend = await server.api.get('/gis/choropleth/santri-provinsi/legend.json?locale=id');
    assert.deepEqual(
      [legend.body.locale, legend.body.theme, legend.body.parameters.classes],
      ['id', 'light', '5'],
    );
  });

  it('are described in the OpenAPI document, form by form', async () => {
    const { body } = await server.api.get('/openapi.json');
    const names = (form: string) =>
      body.paths[`/gis/choropleth/{id}/${form}`].get.parameters.map(({ name }: { name: string }) => name);
    assert.ok(
      ['width', 'height', 'bbox', 'projection', 'scale', 'metric'].every((name) =>
        names('map.png').includes(name),
      ),
    );
    assert.ok(['vars', 'dim', 'schemes'].every((name) => names('bivariate.json').includes(name)));
    assert.deepEqual(Object.keys(body.paths['/gis/choropleth/{id}/legend.png'].get.responses[200].content), [
      'image/png',
    ]);
  });

  it('make different answers with different ETags, and the same one a 304', async () => {
    const at = (query: string) => server.api.get(`/gis/choropleth/santri-provinsi/legend.svg?${query}`);
    const first = await at('locale=en');
    assert.notEqual((await at('locale=id')).headers.etag, first.headers.etag);
    const again = await at('locale=en').set('If-None-Match', String(first.headers.etag));
    assert.equal(again.status, 304);
  });
});
