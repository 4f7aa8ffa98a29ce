import assert from 'node:assert/strict';
import { demoServer, newServer, once, type TestServer } from '../support/environment.ts';
import { values } from './support.ts';
import { eventually } from '../support/eventually.ts';

once('The API of choropleths', () => {
  let server: TestServer;
  before(async () => void (server = await demoServer()));

  const text = async (id: string, form: string, query: object): Promise<string> => {
    const answer = await server.api.get(`/gis/choropleth/${id}${form}`).query(query);
    assert.equal(answer.status, 200, answer.text);
    return answer.text;
  };

  const REFUSED: [id: string, query: string, parameter: string, expected: RegExp][] = [
    ['us-points', 'metric=x', 'metric', /one of n$/],
    ['us-points', 'metric=n&metric=n', 'metric', /once/],
    ['us-points', 'method=magic', 'method', /quantile/],
    ['us-points', 'classes=1', 'classes', /2 to 9/],
    ['us-points', 'classes=5.5', 'classes', /2 to 9/],
    ['us-points', 'classes=10', 'classes', /2 to 9/],
    ['us-points', 'breaks=a,b', 'breaks', /numbers/],
    ['us-points', 'breaks=3,1', 'breaks', /ascending/],
    ['us-points', 'breaks=1,0x10', 'breaks', /numbers/],
    ['us-points', 'breaks=1,2,3,4,5,6,7,8,9', 'breaks', /up to 8/],
    ['us-points', 'breaks=1,2&method=jenks', 'breaks', /left out/],
    ['us-points', 'breaks=pooled', 'breaks', /no time/],
    ['us-points', 'method=manual', 'breaks', /numbers/],
    ['us-points', 'isolate=1,2,3,4,5,6', 'isolate', /up to 5/],
    ['us-points', 'isolate=', 'isolate', /numbers.*or none/],
    ['us-points', 'isolate=none&method=log', 'method', /isolate=0/],
    ['us-points', 'scheme=Sunset', 'scheme', /YlOrRd/],
    ['us-points', 'reverse=maybe', 'reverse', /true or false/],
    ['us-points', 'center=middle', 'center', /mean, median or a number/],
    ['us-points', 'center=1&scheme=Blues', 'scheme', /RdBu/],
    ['us-points', 'cvd=yes', 'cvd', /warn or strict/],
    [
      'us-unemployment',
      'classes=9&scheme=Blues&cvd=strict',
      'cvd',
      /at most 5 classes of Blues, or scheme=.*YlOrRd.*protanopia \d.*deuteranopia \d.*tritanopia \d/,
    ],
    ['us-unemployment', 'classes=9&scheme=Spectral&center=mean&cvd=strict', 'cvd', /scheme=.*PuOr/],
    ['us-points', 'scope=parent', 'scope', /all unless parent/],
    ['us-points', 'scope=state', 'scope', /all or parent/],
    ['us-points', 'center=1,2', 'center', /mean, median or a number/],
    ['us-points', 'normalize=area&multiplier=1,2', 'multiplier', /above 0/],
    ['us-points', 'theme=blue', 'theme', /light or dark/],
    ['us-points', 'normalize=per:people', 'normalize', /area, share/],
    ['us-points', 'normalize=people', 'normalize', /area or share/],
    ['us-points', 'multiplier=10', 'multiplier', /left out/],
    ['us-points', 'normalize=area&multiplier=0', 'multiplier', /above 0/],
    ['us-unemployment', 'normalize=area', 'normalize', /no count/],
    ['us-points', 'level=moon', 'level', /us-counties, us-states/],
    ['us-points', 'parent=99', 'parent', /01, 02/],
    ['us-points', 'level=us-states&parent=06', 'parent', /no parent level/],
    ['us-points', 'zoom=15', 'zoom', /0 to 14/],
    ['us-points', 'precision=10', 'precision', /0 to 9/],
    ['us-points', 'colour=red', 'colour', /metric.*method/],
    ['us-points', 'constructor=1', 'constructor', /metric/],
    ['santri-provinsi', 'kategori_kemiskinan=Kaya', 'kategori_kemiskinan', /Belum Dinilai, Miskin/],
    ['santri-provinsi', 'kategori_kemiskinan=Miskin,Kaya', 'kategori_kemiskinan', /Belum Dinilai, Miskin/],
    ['santri-provinsi', 'kategori_kemiskinan=', 'kategori_kemiskinan', /Belum Dinilai, Miskin/],
    ['santri-provinsi', 'tahun=1999', 'tahun', /2021, 2022/],
    ['santri-provinsi', 'kategori=Miskin', 'kategori', /kategori_kemiskinan, tahun/],
  ];
  for (const [id, query, parameter, expected] of REFUSED) {
    it(`refuses ${id}?${query} and says what would do`, async () => {
      const { status, body, headers } = await server.api.get(`/gis/choropleth/${id}?${query}`);
      assert.equal(status, 400);
      assert.match(headers['content-type'] ?? '', /problem\+json/);
      const [error] = (body as { errors: { parameter: string; expected: string }[] }).errors;
      assert.equal(error!.parameter, parameter);
      assert.match(error!.expected, expected);
    });
  }

  const QUERIES: [id: string, query: Record<string, string>][] = [
    ['us-unemployment', {}],
    ['us-unemployment', { method: 'headtail', cvd: 'warn' }],
    ['us-unemployment', { method: 'headtail', classes: '3' }],
    ['us-unemployment', { method: 'boxplot', theme: 'dark' }],
    ['us-unemployment', { breaks: '3,5,8', center: '5', scheme: 'RdBu', reverse: 'true' }],
    ['us-points', { level: 'us-states', normalize: 'area', multiplier: '1000' }],
    ['us-points', { parent: '41,06', normalize: 'share' }],
    ['santri-provinsi', { tahun: '2024', breaks: 'pooled', kategori_kemiskinan: 'Miskin,Rentan' }],
    ['santri-provinsi', { metric: 'pct_miskin', change: 'abs', from: '2023', to: '2025', center: 'median' }],
    ['santri-provinsi', { tahun: '2024', breaks: 'shared:2025', metric: 'avg_skor' }],
  ];
  for (const [id, query] of QUERIES) {
    it(`echoes parameters that give ${id}?${new URLSearchParams(query).toString()} again`, async () => {
      const { parameters } = await values(server, id, query);
      for (const form of ['/values.json', '/classes.json', '/style.json', '']) {
        assert.equal(await text(id, form, parameters), await text(id, form, query), form);
      }
      const { parameters: again } = await values(server, id, parameters);
      assert.deepEqual(again, parameters);
    });
  }

  it('never answers one request with the bytes of another', async () => {
    const base = { metric: 'total_santri', tahun: '2024' };
    const variants: Record<string, string>[] = [
      {},
      { metric: 'pct_miskin' },
      { metric: 'avg_skor' },
      { tahun: '2023' },
      { tahun: '2023,2024' },
      { kategori_kemiskinan: 'Miskin' },
      { method: 'equal' },
      { classes: '4' },
      { breaks: 'pooled' },
      { breaks: 'shared:2023' },
      { breaks: '50,100' },
      { isolate: '0' },
      { scheme: 'Blues' },
      { reverse: 'true' },
      { center: '100' },
      { center: 'mean' },
      { theme: 'dark' },
      { cvd: 'warn' },
      { normalize: 'area' },
      { normalize: 'area', multiplier: '10' },
      { normalize: 'share' },
    ];
    for (const form of ['', '/classes.json', '/values.json', '/style.json', '/tiles.json']) {
      const seen = new Map<string, string>();
      for (const variant of variants) {
        const body = await text('santri-provinsi', form, { ...base, ...variant });
        const name = JSON.stringify(variant);
        assert.equal(seen.get(body), undefined, `${form}: ${name} and ${seen.get(body)} are the same`);
        seen.set(body, name);
      }
    }
    const [zoom3, zoom6, coarse] = await Promise.all(
      [{ zoom: 3 }, { zoom: 6 }, { zoom: 6, precision: 2 }].map((query) =>
        text('santri-provinsi', '', query),
      ),
    );
    assert.ok(zoom3 !== zoom6 && zoom6 !== coarse);
  });

  it('gives the same bytes for the same meaning', async () => {
    const PAIRS: [Record<string, string | string[]>, Record<string, string | string[]>][] = [
      [{}, { method: 'quantile', classes: '5', scheme: 'ylorrd', reverse: 'false', theme: 'light' }],
      [{ kategori_kemiskinan: 'Miskin,Rentan' }, { kategori_kemiskinan: ['Rentan', 'Miskin'] }],
      [{ tahun: '2024' }, { tahun: '2024', breaks: 'per-period' }],
      [{ method: 'boxplot' }, { method: 'boxplot', classes: '7' }],
    ];
    for (const [a, b] of PAIRS) {
      assert.equal(
        await text('santri-provinsi', '/values.json', a),
        await text('santri-provinsi', '/values.json', b),
      );
    }
  });

  it('lets headtail find its own number of classes', async () => {
    const { classification, parameters } = await values(server, 'us-points', { method: 'headtail' });
    assert.equal(parameters.classes, undefined);
    const limited = await values(server, 'us-points', { method: 'headtail', classes: '2' });
    assert.ok(limited.classification.breaks.length <= 2);
    assert.ok(classification.breaks.length > 2);
  });

  it('warns of colours that are hard to tell apart, with the numbers', async () => {
    const { warnings } = await values(server, 'us-unemployment', {
      classes: '9',
      scheme: 'Blues',
      cvd: 'warn',
    });
    const warning = warnings.find(({ code }) => code === 'colors_too_close');
    assert.match(warning?.message ?? '', /deuteranopia \d+\.\d/);
    const fine = await values(server, 'us-unemployment', { classes: '5', scheme: 'YlOrRd', cvd: 'strict' });
    assert.ok(!fine.warnings.some(({ code }) => code === 'colors_too_close'));
  });

  it('names schemes and numbers of classes that do pass, where colours do not', async () => {
    const query = { classes: '9', scheme: 'viridis', method: 'equal' };
    const refused = await server.api
      .get('/gis/choropleth/us-unemployment/classes.json')
      .query({ ...query, cvd: 'strict' });
    const [error] = (refused.body as { errors: { expected: string }[] }).errors;
    const [, classes] = /at most (\d) classes of viridis/.exec(error!.expected) ?? [];
    const schemes = /scheme=([\w|]+)/.exec(error!.expected)?.[1]?.split('|') ?? [];
    assert.ok(classes !== undefined && schemes.length > 2, error!.expected);
    for (const own of [{ classes }, ...schemes.map((scheme) => ({ scheme }))]) {
      const { warnings } = await values(server, 'us-unemployment', { ...query, ...own, cvd: 'strict' });
      assert.deepEqual(
        warnings.filter(({ code }) => code === 'colors_too_close'),
        [],
      );
    }
    const { warnings } = await values(server, 'us-unemployment', { ...query, cvd: 'warn' });
    const warning = warnings.find(({ code }) => code === 'colors_too_close');
    assert.ok(schemes.every((scheme) => warning!.message.includes(scheme)));
  });

  it('refuses a ramp whose two sides look alike to some eyes, and names one that does not', async () => {
    for (const own of [{ classes: '5' }, { classes: '7' }, { center: 'mean' }] as Record<string, string>[]) {
      const { body, status } = await server.api
        .get('/gis/choropleth/us-unemployment/classes.json')
        .query({ ...own, scheme: 'RdYlGn', cvd: 'strict' });
      const [error] = (body as { errors: { parameter: string; expected: string }[] }).errors;
      assert.deepEqual([status, error!.parameter], [400, 'cvd']);
      assert.match(error!.expected, /scheme=.*PuOr/);
      assert.doesNotMatch(error!.expected, /classes of RdYlGn/);
      await values(server, 'us-unemployment', { ...own, scheme: 'PuOr', cvd: 'strict' });
    }
  });

  it('places standard deviations symmetrically around the mean for any number of classes', async () => {
    const { body } = await server.api.get('/gis/choropleth/us-unemployment/stats.json');
    const { mean, sd } = (body as { statistics: { mean: number; sd: number } }).statistics;
    for (const [classes, steps] of Object.entries({
      3: [-0.5, 0.5],
      4: [-1, 0, 1],
      5: [-1.5, -0.5, 0.5, 1.5],
    })) {
      const query = { method: 'stddev', center: 'mean', classes };
      const { classification } = await values(server, 'us-unemployment', query);
      const found = classification.breaks.slice(0, -1).map((upper) => (upper - mean) / sd);
      assert.equal(found.length, steps.length);
      found.forEach((step, i) => assert.ok(Math.abs(step - steps[i]!) < 1e-9, `${classes}: ${found}`));
      const { classes: drawn } = (
        await server.api.get('/gis/choropleth/us-unemployment/classes.json').query(query)
      ).body as { classes: { color: string }[] };
      // The class that holds the mean is neither side's.
      if (classes === '5') assert.equal(drawn[2]!.color, '#f7f7f7');
    }
  });

  it('places breaks by the regions shown where asked to', async () => {
    const ask = (query: Record<string, string>) =>
      values(server, 'us-unemployment', { classes: '4', ...query });
    const [whole, part, own] = await Promise.all([
      ask({}),
      ask({ parent: '41,53' }),
      ask({ parent: '41,53', scope: 'parent' }),
    ]);
    assert.deepEqual(part.classification.breaks, whole.classification.breaks);
    assert.deepEqual([part.parameters.scope, own.parameters.scope], ['all', 'parent']);
    const shown = own.rows.flatMap(({ value }) => value ?? []);
    assert.deepEqual(
      own.rows.map(({ value }) => value),
      part.rows.map(({ value }) => value),
    );
    assert.equal(own.classification.n, shown.length);
    assert.equal(own.classification.breaks.at(-1), Math.max(...shown));
    assert.ok(own.classification.breaks.at(-1)! < whole.classification.breaks.at(-1)!);
    const counts = own.classification.counts;
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 6, counts.join());
    const advised = await text('us-unemployment', '/advise.json', { parent: '41,53', scope: 'parent' });
    assert.equal((JSON.parse(advised) as { advice: { n: number } }).advice.n, shown.length);
    const centred = await ask({ parent: '41,53', scope: 'parent', center: 'mean' });
    const mean = shown.reduce((sum, value) => sum + value, 0) / shown.length;
    assert.ok(Math.abs(centred.classification.center! - mean) < 1e-9);
  });

  it('isolates nothing where asked to, though the configuration does', async () => {
    const { parameters, classification, rows } = await values(server, 'us-points', { isolate: 'none' });
    assert.equal(parameters.isolate, 'none');
    assert.equal(classification.counts.length, classification.breaks.length);
    assert.ok(rows.some(({ value, class: id }) => value === 0 && id === 0));
    const { parameters: change } = await values(server, 'us-unemployment', { isolate: 'none' });
    assert.equal(change.isolate, undefined, 'as configured');
  });

  it('turns a diverging ramp around the mean', async () => {
    const { classification, rows } = await values(server, 'us-unemployment', {
      center: 'mean',
      scheme: 'RdBu',
    });
    const known = rows.flatMap(({ value }) => value ?? []);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    assert.ok(Math.abs(classification.center! - mean) < 1e-9);
    assert.ok(classification.breaks.includes(classification.center!));
  });

  it('says what an answer was made from', async () => {
    const body = JSON.parse(await text('us-unemployment', '', {})) as { choropleth: Record<string, unknown> };
    for (const member of [
      'id',
      'generation',
      'version',
      'refreshedAt',
      'metric',
      'classification',
      'classes',
      'statuses',
      'warnings',
      'parameters',
    ])
      assert.ok(member in body.choropleth, member);
    const { classes, statuses } = body.choropleth as {
      classes: { count: number }[];
      statuses: { count: number }[];
    };
    const counted = [...classes, ...statuses].reduce((sum, { count }) => sum + count, 0);
    assert.equal(
      counted,
      (JSON.parse(await text('us-unemployment', '', {})) as { features: unknown[] }).features.length,
    );
  });

  it('answers 304 to its own ETag, and is immutable under its version alone', async () => {
    const path = '/gis/choropleth/us-unemployment/values.json';
    const first = await server.api.get(path);
    const again = await server.api.get(path).set('If-None-Match', first.headers.etag!);
    assert.equal(again.status, 304);
    assert.doesNotMatch(first.headers['cache-control'] ?? '', /immutable/);
    const { version } = first.body as { version: string };
    assert.match((await server.api.get(`${path}?g=${version}`)).headers['cache-control'] ?? '', /immutable/);
    assert.doesNotMatch(
      (await server.api.get(`${path}?g=other`)).headers['cache-control'] ?? '',
      /immutable/,
    );
  });

  it('has a new version, ETag and values when the cube has changed', async () => {
    const own = await newServer({
      sql: `
        create table kab (kode text primary key, nama text, geom geometry(Polygon, 4326));
        insert into kab values ('a', 'A', st_makeenvelope(0, 0, 1, 1, 4326));
        create table cube (kode text primary key, n int);
        insert into cube values ('a', 7);`,
      maps: `
regions: { kab: { table: kab, code: kode, name: nama } }
choropleths: { c: { regions: kab, cube: { view: cube, region: kode }, metrics: { n: { sum: n } } } }
`,
    });
    const before = await values(own, 'c');
    await own.run('update cube set n = 8');
    // PostgreSQL's counters of an untracked table appear a moment later.
    const after = await eventually(async () => {
      await own.ctx.generations.poll();
      const now = await values(own, 'c');
      return now.version !== before.version && now;
    });
    assert.deepEqual([before.rows[0]!.value, after.rows[0]!.value], [7, 8]);
  });
});
